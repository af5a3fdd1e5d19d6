import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toStoreError } from '../../src/database/errors.ts';
import { SourceError } from '../../src/sources/errors.ts';
import { sitePage } from '../support/local-site.ts';
import { visited } from './support.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Returns the error of a fetch, which must be one of ours and no store's. */
async function failure(fetching: Promise<unknown>): Promise<SourceError> {
  const error = await fetching.then(
    (answer) => answer,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceError)) throw new Error(`no SourceError: ${JSON.stringify(error)} ${String(error)}`);
  expect(toStoreError(error)).toBe(error);
  return error;
}

describe('pages', () => {
  it('200: title, clean text with headings, hash, validators, freshness', async () => {
    const { site, get } = await visited();
    const headers = { 'last-modified': 'Mon, 01 Jun 2026 10:00:00 GMT', 'cache-control': 'public, max-age=3600' };
    site.set('/guide', { body: sitePage('cleanup'), etag: '"v1"', headers });
    const before = Date.now();
    const answer = await get('/guide');
    if (answer.kind !== 'page') throw new Error(answer.kind);
    expect(answer).toMatchObject({
      ...{ title: 'cleanup – Handbook', etag: '"v1"', lastModified: headers['last-modified'] },
      ...{ mediaType: 'text/html', finalUrl: `${site.url}/guide`, contentHash: sha256(answer.text) },
    });
    expect(answer.text).toMatch(/^# cleanup\n\n## Part 1 of cleanup\n\nPart 1 explains how cleanup is set up/);
    expect(answer.text).toContain('- Setting `cleanup_limit_1` is 10.');
    expect(answer.text).toContain('```sh\ncoppice run cleanup\n# not a heading\n```');
    expect(answer.text).toContain('| Name | Default |\n| --- | --- |\n| limit | 10 |');
    for (const noise of ['track(', 'color: black', 'First page', 'rights reserved', '¶']) {
      expect(answer.text).not.toContain(noise);
    }
    expect(answer.linkShare).toBeGreaterThan(0);
    expect(answer.linkShare).toBeLessThan(0.2);
    expect(answer.expiresAt?.getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
  });

  it('the same text in other mark-up has the same hash, another text another', async () => {
    const { site, get } = await visited();
    const hash = async (body: string) => {
      site.set('/page', { body });
      const answer = await get('/page');
      return answer.kind === 'page' ? answer.contentHash : answer.kind;
    };
    const first = await hash(sitePage('cleanup'));
    const disguised = sitePage('cleanup')
      .replace('track(', 'visit(7, ')
      .replace('<main>', '<main class="wide"><!-- 7 -->');
    expect(await hash(disguised)).toBe(first);
    expect(await hash(sitePage('cleanup', 8, 2))).not.toBe(first);
  });

  it('Markdown and plain text pass as they are', async () => {
    const { site, get } = await visited();
    const text = '# Notes\n\nA *word* with [a link](https://example.org/a).\n\n```\n<b>code</b>\n```';
    site.set('/a.md', {
      body: `\ufeff${text.replaceAll('\n', '\r\n')}\n\n`,
      headers: { 'content-type': 'text/markdown' },
    });
    site.set('/a.txt', { body: '<p>not HTML</p>', headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(await get('/a.md')).toMatchObject({ kind: 'page', title: 'Notes', text, mediaType: 'text/markdown' });
    expect(await get('/a.txt')).toMatchObject({ kind: 'page', title: null, text: '<p>not HTML</p>' });
  });

  it('compressed and chunked bodies are read', async () => {
    const { site, get } = await visited();
    const plain = sitePage('cleanup');
    site.set('/plain', { body: plain });
    site.set('/gzip', { body: gzipSync(plain), headers: { 'content-encoding': 'gzip' } });
    site.set('/br', { body: brotliCompressSync(plain), headers: { 'content-encoding': 'br' } });
    site.set('/chunked', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      for (let at = 0; at < plain.length; at += 100) response.write(plain.slice(at, at + 100));
      response.end();
    });
    const hashes = [];
    for (const path of ['/plain', '/gzip', '/br', '/chunked']) {
      const answer = await get(path);
      hashes.push(answer.kind === 'page' ? answer.contentHash : answer);
    }
    expect(new Set(hashes).size).toBe(1);
  });
});

describe('no page', () => {
  it('304: unchanged, with the validators to go on with', async () => {
    const { site, get } = await visited();
    site.set('/page', { body: sitePage('a'), etag: '"v1"' });
    expect(await get('/page', { etag: '"v1"' })).toMatchObject({ kind: 'unchanged', etag: '"v1"', lastModified: null });
    expect(await get('/page', { etag: '"v0"' })).toMatchObject({ kind: 'page', etag: '"v1"' });
    site.set('/dated', (request, response) => {
      response.writeHead(request.headers['if-modified-since'] === 'then' ? 304 : 500).end();
    });
    expect(await get('/dated', { lastModified: 'then' })).toMatchObject({ kind: 'unchanged', lastModified: 'then' });
  });

  it.each([
    [404, { kind: 'gone' }],
    [410, { kind: 'gone' }],
    [401, { kind: 'refused', name: 'status_refused' }],
    [403, { kind: 'refused', name: 'status_refused' }],
    [451, { kind: 'refused', name: 'status_refused' }],
    // Nobody asked whether it had changed.
    [304, { kind: 'refused', name: 'status_refused' }],
    [206, { kind: 'refused', name: 'status_refused' }],
    [300, { kind: 'refused', name: 'status_refused' }],
    [204, { kind: 'refused', name: 'empty' }],
  ])('%d', async (status, expected) => {
    const { site, get } = await visited();
    site.set('/page', (_, response) => void response.writeHead(status, { 'content-type': 'text/html' }).end());
    expect(await get('/page?token=secret')).toMatchObject({ kind: 'gone' });
    const answer = await get('/page');
    expect(answer).toMatchObject(expected);
    expect(JSON.stringify(answer)).not.toContain('/page');
  });

  it('500, 502 and 408 may pass; the next try is a page', async () => {
    const { site, get } = await visited();
    for (const [status, name] of [
      [500, 'ConnectionError'],
      [502, 'ConnectionError'],
      [408, 'TimeoutError'],
    ] as const) {
      site.set('/page', { body: 'broken', status });
      expect(await failure(get('/page'))).toMatchObject({ name, status });
    }
    site.set('/page', { body: sitePage('a') });
    expect(await get('/page')).toMatchObject({ kind: 'page' });
  });

  it('429 and 503 with Retry-After: later, and the host is left in peace meanwhile', async () => {
    const { site, get } = await visited();
    site.set('/page', { body: '', status: 503 });
    expect(await get('/page')).toMatchObject({ kind: 'later', retryAfterMs: null });
    site.set('/page', { body: '', status: 429, headers: { 'retry-after': '120' } });
    expect(await get('/page')).toMatchObject({ kind: 'later', retryAfterMs: 120_000 });
    const seen = site.visits.length;
    const answer = await get('/other');
    expect(answer).toMatchObject({ kind: 'later' });
    expect(answer.kind === 'later' && answer.retryAfterMs).toBeGreaterThan(100_000);
    expect(site.visits).toHaveLength(seen);
  });

  it('a Retry-After that is a date', async () => {
    const { site, get } = await visited();
    const headers = { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() };
    site.set('/page', { body: '', status: 503, headers });
    const answer = await get('/page');
    expect(answer.kind === 'later' && answer.retryAfterMs).toBeGreaterThan(3_500_000);
  });

  it('a short Retry-After is waited for', async () => {
    const { site, get } = await visited();
    site.set('/busy', { body: '', status: 429, headers: { 'retry-after': '1' } });
    site.set('/page', { body: sitePage('a') });
    await get('/busy');
    expect(await get('/page')).toMatchObject({ kind: 'page' });
    const [busy, page] = site.visits;
    expect((page?.atMs ?? 0) - (busy?.atMs ?? 0)).toBeGreaterThan(900);
  });
});

describe('broken answers', () => {
  it('empty, of all sorts', async () => {
    const { site, get } = await visited();
    site.set('/nothing', { body: '' });
    site.set('/space', { body: ' \n ', headers: { 'content-type': 'text/plain' } });
    site.set('/script', {
      body: '<html><head><title>App</title></head><body><div id="root"></div><script>go()</script>',
    });
    for (const path of ['/nothing', '/space', '/script']) {
      expect(await get(path)).toMatchObject({ kind: 'refused', name: 'empty' });
    }
  });

  it('binary, said or not', async () => {
    const { site, get } = await visited();
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(500, 3)]);
    const noise = Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 7919 + 13) % 256));
    site.set('/said', { body: png, headers: { 'content-type': 'image/png' } });
    site.set('/octets', { body: 'text', headers: { 'content-type': 'application/octet-stream' } });
    site.set('/json', { body: '{}', headers: { 'content-type': 'application/json' } });
    site.set('/lied', { body: png, headers: { 'content-type': 'text/plain' } });
    site.set('/noise', { body: noise, headers: { 'content-type': 'text/html' } });
    site.set('/pdf', { body: '%PDF-1.7 text', headers: { 'content-type': 'text/html' } });
    for (const path of ['/said', '/octets', '/json', '/lied', '/noise', '/pdf']) {
      expect([path, await get(path)]).toMatchObject([path, { kind: 'refused', name: 'type_refused' }]);
    }
  });

  it('truncated: a body shorter than its length, a chunked one without end, a compressed one cut off', async () => {
    const { site, get } = await visited();
    const compressed = gzipSync(sitePage('a'));
    site.set('/short', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '9000' });
      response.write('<p>half', () => response.destroy());
    });
    site.set('/chunked', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<p>half', () => response.destroy());
    });
    site.set('/gzip', { body: compressed.subarray(0, 200), headers: { 'content-encoding': 'gzip' } });
    for (const path of ['/short', '/chunked', '/gzip']) {
      expect(await failure(get(path))).toMatchObject({ name: 'ConnectionError' });
    }
  });

  it('damaged compression and unknown encodings are final', async () => {
    const { site, get } = await visited();
    site.set('/damaged', { body: 'no gzip at all', headers: { 'content-encoding': 'gzip' } });
    site.set('/unknown', { body: 'x', headers: { 'content-encoding': 'sdch' } });
    for (const path of ['/damaged', '/unknown']) {
      expect(await get(path)).toMatchObject({ kind: 'refused', name: 'unreadable' });
    }
  });

  it('a connection that is refused, reset or answers rubbish', async () => {
    const { site, sources, get } = await visited();
    site.set('/reset', (request) => void request.socket.destroy());
    site.set('/rubbish', (request) => void request.socket.end('rubbish\r\n\r\n'));
    expect(await failure(get('/reset'))).toMatchObject({ name: 'ConnectionError' });
    expect(await get('/rubbish')).toMatchObject({ kind: 'refused', name: 'unreadable' });
    await site.stop().then(() => sources);
    expect(await failure(get('/page?key=secret'))).toMatchObject({
      name: 'ConnectionError',
      message: 'the connection to 127.0.0.1 failed (ECONNREFUSED)',
    });
  });

  it('a page that nests without end is read no deeper than browsers read it', async () => {
    const { site, get } = await visited();
    site.set('/deep', { body: '<div>'.repeat(100_000) });
    expect(await get('/deep')).toMatchObject({ kind: 'refused', name: 'empty' });
    site.set('/deep', { body: `<p>a${'<div>'.repeat(2_000)}b<p hidden>x</p>${'</div>'.repeat(2_000)}<p>c` });
    expect(await get('/deep')).toMatchObject({ kind: 'page', text: 'a\n\nb\n\nc' });
  });
});

describe('slow answers', () => {
  it('no head, a body that stalls, a body that trickles: each has its limit', async () => {
    const limits = { headersTimeoutMs: 300, idleTimeoutMs: 300, totalTimeoutMs: 1_500 };
    const { site, get } = await visited(limits);
    const trickles: NodeJS.Timeout[] = [];
    site.set('/silent', () => {});
    site.set('/stalls', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<p>and then');
    });
    site.set('/trickles', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      trickles.push(setInterval(() => response.write('x'), 50));
    });
    const messages = [];
    for (const path of ['/silent', '/stalls', '/trickles']) {
      const error = await failure(get(path));
      expect(error.name).toBe('TimeoutError');
      messages.push(error.message);
    }
    for (const timer of trickles) clearInterval(timer);
    expect(messages).toEqual([
      '127.0.0.1 did not answer within 0.3 s',
      '127.0.0.1 sent nothing for 0.3 s in the midst of its answer',
      '127.0.0.1 took longer than 1.5 s',
    ]);
  });

  it('a fetch that is aborted ends at once with the reason, and lets go of the connection', async () => {
    const { site, sources } = await visited();
    let closed: Promise<unknown> = Promise.resolve();
    const asked = new Promise<void>((resolve) => {
      site.set('/slow', (_, response) => {
        closed = once(response, 'close');
        response.writeHead(200, { 'content-type': 'text/html' });
        response.write('<p>x', () => resolve());
      });
    });
    const controller = new AbortController();
    const fetching = sources.fetch({ url: `${site.url}/slow`, etag: null, lastModified: null }, controller.signal);
    await asked;
    controller.abort(new Error('stopped by a person'));
    await expect(fetching).rejects.toThrow('stopped by a person');
    await closed;
  });
});
