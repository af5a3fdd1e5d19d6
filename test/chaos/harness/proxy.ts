import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Forwards to a server on this machine, until it is told to swallow. */
export interface SwallowingProxy {
  readonly port: number;
  /** From now on nothing that goes through the open connections arrives, and neither side is told. Returns how many. */
  swallow(): number;
  /** Whether connections that are made from now on are accepted and then go nowhere. */
  swallowNew(on: boolean): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket | null;
  swallowed: boolean;
}

export async function startProxy(target: string): Promise<SwallowingProxy> {
  const port = Number(new URL(target).port);
  const pairs = new Set<Pair>();
  let swallowsNew = false;
  const listener = createServer((client) => {
    const server = swallowsNew ? null : connect(port, '127.0.0.1');
    const pair: Pair = { client, server, swallowed: swallowsNew };
    pairs.add(pair);
    client.on('error', () => {}).on('close', () => !pair.swallowed && server?.destroy());
    client.on('data', (data) => !pair.swallowed && server?.write(data));
    server?.on('error', () => {}).on('close', () => !pair.swallowed && client.destroy());
    server?.on('data', (data) => !pair.swallowed && client.write(data));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    swallow: () => {
      const open = [...pairs].filter((pair) => !pair.swallowed && !pair.client.destroyed);
      for (const pair of open) pair.swallowed = true;
      return open.length;
    },
    swallowNew: (on) => {
      swallowsNew = on;
    },
    close: async () => {
      for (const { client, server } of pairs) {
        client.destroy();
        server?.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}
