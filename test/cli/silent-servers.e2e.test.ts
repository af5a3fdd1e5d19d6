import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';

it.each(['bolt', 'redis'])('a check of %s at an address that never answers ends with the reason', async (protocol) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = `${protocol}://127.0.0.1:${port}`;
  const said = await new Promise<string>((resolve) => {
    const args = ['dist/cli/main.js', 'check', address, '--max-seconds', '1'];
    execFile(process.execPath, args, (error, _out, err) => resolve(`${error?.code} ${err}`));
  });
  expect(said).toMatch(/^1 error: cannot look at /);
  expect(said).not.toMatch(/\n {4}at /);
  for (const socket of sockets) socket.destroy();
  server.close();
});
