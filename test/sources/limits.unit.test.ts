import { brotliCompressSync, constants, createGzip, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { visited } from './support.ts';

const mebibyte = 1024 ** 2;
const tooLarge = { kind: 'refused', name: 'too_large' };
/** Bytes that may be in transit in sockets and streams when a reader hangs up. */
const onTheWay = 8 * mebibyte;

it('an endless body is read up to the limit, and the site is hung up on', async () => {
  const { site, get } = await visited({ maxBytes: mebibyte });
  const block = Buffer.alloc(65_536, 'text ');
  site.set('/endless', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const more = () => {
      while (!response.destroyed && response.write(block));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  expect(await get('/endless')).toMatchObject(tooLarge);
  expect(site.sentBytes).toBeLessThan(mebibyte + onTheWay);
});

it('of a page of 50 MB no more than the limit is ever held', async () => {
  const { site, get } = await visited({ maxBytes: 10 * mebibyte });
  const page = Buffer.alloc(50_000_000, '<p>text</p>\n');
  // One says how long it is, one does not.
  site.set('/said', { body: page });
  site.set('/unsaid', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const send = (at: number) => {
      if (response.destroyed) return;
      if (at >= page.length) response.end();
      else if (response.write(page.subarray(at, at + 65_536))) send(at + 65_536);
      else response.once('drain', () => send(at + 65_536));
    };
    send(0);
  });
  expect(await get('/said')).toMatchObject(tooLarge);
  expect(await get('/unsaid')).toMatchObject(tooLarge);
  expect(site.sentBytes).toBeLessThan(10 * mebibyte + onTheWay);
});

it('compressed bombs go off outside', async () => {
  const { site, get } = await visited({ maxBytes: mebibyte });
  const big = Buffer.alloc(200 * mebibyte);
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };
  site.set('/gzip', { body: gzipSync(big), headers: { 'content-encoding': 'gzip' } });
  site.set('/br', { body: brotliCompressSync(big, brotli), headers: { 'content-encoding': 'br' } });
  // Twice packed: the outer layer opens to a small body, which is no text.
  site.set('/nested', { body: gzipSync(gzipSync(big)), headers: { 'content-encoding': 'gzip, gzip' } });
  expect(await get('/gzip')).toMatchObject(tooLarge);
  expect(await get('/br')).toMatchObject(tooLarge);
  expect(await get('/nested')).toMatchObject(tooLarge);
});

it('an endless compressed body too', async () => {
  const { site, get } = await visited({ maxBytes: mebibyte });
  site.set('/endless', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    const gzip = createGzip();
    gzip.pipe(response);
    response.once('close', () => gzip.destroy());
    const more = () => {
      while (!gzip.destroyed && gzip.write(Buffer.alloc(65_536)));
      if (!gzip.destroyed) gzip.once('drain', more);
    };
    more();
  });
  expect(await get('/endless')).toMatchObject(tooLarge);
});

it('a page of exactly the limit is a page', async () => {
  const { site, get } = await visited({ maxBytes: 2_048 });
  const headers = { 'content-type': 'text/plain' };
  site.set('/fits', { body: 'a'.repeat(2_048), headers });
  site.set('/over', { body: 'a'.repeat(2_049), headers });
  expect(await get('/fits')).toMatchObject({ kind: 'page', bytes: 2_048 });
  expect(await get('/over')).toMatchObject(tooLarge);
});

it('a head without end is refused', async () => {
  const { site, get } = await visited();
  site.set('/head', (_, response) => void response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end());
  expect(await get('/head')).toMatchObject(tooLarge);
});
