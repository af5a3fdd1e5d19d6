import { createServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { toSources } from '../../src/config/sources.ts';
import { createSources } from '../../src/sources/create.ts';
import { never } from './support.ts';

const page = '<!doctype html><title>T</title><p>The text of the page.</p>';
const text = 'The text of the page.';

/** Answers every request with these bytes, and closes the connection. */
async function answered(bytes: (path: string) => Uint8Array | string) {
  const paths: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const path = head.toString('latin1').split(' ')[1] ?? '';
      paths.push(path);
      socket.end(bytes(path));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const sources = createSources({ ...toSources(), hostDelayMs: 0, allow: ['127.0.0.1'], ports: [port] });
  onTestFinished(async () => {
    await sources.close();
    server.close();
  });
  const answer = await sources.fetch({ url: `http://127.0.0.1:${port}/page`, etag: null, lastModified: null }, never);
  return { answer, paths };
}

const head = (lines: readonly string[], status = '200 OK') =>
  `HTTP/1.1 ${status}\r\n${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`;
const whole = (body: Uint8Array, lines: readonly string[], type = 'text/html') =>
  Buffer.concat([Buffer.from(head([`Content-Type: ${type}`, `Content-Length: ${body.length}`, ...lines])), body]);
const encoded = (encoding: string, body: Uint8Array) => whole(body, [`Content-Encoding: ${encoding}`]);
const plain = Buffer.from(page);
const zipped = gzipSync(page);
const noise = Buffer.from('\r\n<!-- x -->');

it.each<[string, Uint8Array]>([
  ['an encoding that is none', encoded('none', plain)],
  ['an encoding that is a charset', encoded('UTF-8', plain)],
  ['an empty encoding', encoded('', plain)],
  ['gzip with bytes after it', encoded('gzip', Buffer.concat([zipped, noise]))],
  ['gzip with one byte after it', encoded('x-gzip', Buffer.concat([zipped, Buffer.from('\n')]))],
  ['gzip with null bytes after it', encoded('gzip', Buffer.concat([zipped, Buffer.alloc(600)]))],
  ['gzip without its checksum', encoded('gzip', zipped.subarray(0, -8))],
  ['gzip with a wrong checksum', encoded('gzip', Buffer.concat([zipped.subarray(0, -8), Buffer.alloc(8, 7)]))],
  ['two gzip members', encoded('gzip', Buffer.concat([gzipSync(page.slice(0, 20)), gzipSync(page.slice(20))]))],
  ['gzip twice', encoded('gzip, gzip', gzipSync(zipped))],
  ['deflate', encoded('deflate', deflateSync(page))],
  ['deflate without its header', encoded('deflate', deflateRawSync(page))],
  ['brotli with bytes after it', encoded('br', Buffer.concat([brotliCompressSync(page), noise]))],
  ['two types in one header', whole(plain, [], 'text/html, text/html; charset=utf-8')],
  ['two headers of types', whole(plain, ['Content-Type: text/html; charset=utf-8'], 'text/plain')],
  ['bare line feeds', Buffer.from(`HTTP/1.1 200 OK\nContent-Type: text/html\nConnection: close\n\n${page}`)],
  ['no reason', Buffer.from(`HTTP/1.1 200\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n${page}`)],
  ['a control character in a header', whole(plain, ['X-Odd: a\u0001b'])],
  ['a head of 40 KiB', whole(plain, [`X-Long: ${'x'.repeat(40_000)}`])],
  ['bytes after the length', Buffer.concat([whole(plain, []), Buffer.from('more')])],
])('%s is read as browsers read it', async (_, bytes) => {
  const { answer } = await answered(() => bytes);
  expect(answer).toMatchObject({ kind: 'page', text });
});

it.each<[string, Uint8Array, string]>([
  ['no HTTP at all', Buffer.from('rubbish\r\n\r\n'), 'unreadable'],
  ['a header without a name', whole(plain, ['no colon here']), 'unreadable'],
  ['a compression that is not decoded', encoded('compress', plain), 'unreadable'],
  ['binary data under a made-up encoding', encoded('none', Buffer.alloc(400, 3)), 'type_refused'],
])('%s is refused at once', async (_, bytes, name) => {
  expect((await answered(() => bytes)).answer).toMatchObject({ kind: 'refused', name });
});

it.each([
  ['UTF-8', Buffer.from('/página?q=año'), '/p%C3%A1gina?q=a%C3%B1o'],
  ['Latin-1', Buffer.from('/p\xe1gina', 'latin1'), '/p%E1gina'],
  ['encoded already', Buffer.from('/p%C3%A1gina x'), '/p%C3%A1gina%20x'],
])('a redirect in raw bytes: %s', async (_, location, path) => {
  const to = Buffer.concat([
    Buffer.from('HTTP/1.1 301 Moved\r\nLocation: '),
    location,
    Buffer.from('\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  ]);
  const { answer, paths } = await answered((asked) => (asked === '/page' ? to : whole(plain, [])));
  expect(paths).toEqual(['/page', path]);
  expect(answer).toMatchObject({ kind: 'page', text });
});
