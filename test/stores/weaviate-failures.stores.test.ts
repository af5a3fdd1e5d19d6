import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWeaviateVectors } from '../../src/stores/weaviate/vectors.ts';
import { startWeaviate } from '../../tools/servers/weaviate.ts';
import { describeOn } from '../support/stores.ts';
import { chunk, clientOf, mapped } from '../support/weaviate-objects.ts';

describeOn('weaviate', 'vectors, when the server fails', (server) => {
  const { connect } = clientOf(server);
  beforeAll(async () => (await connect(mapped('FailingChunk'))).ensure());
  const scope = { partition: 'w', documentIds: ['d'] };
  const open: Server[] = [];
  afterAll(() => {
    for (const each of open) each.closeAllConnections();
  });
  /** A stand-in that passes everything on to the real server but what `answer` takes over. */
  const standIn = async (answer: (path: string) => RequestListener | null) => {
    const proxy = createServer((request, response) => {
      const own = answer(`${request.method} ${request.url}`);
      if (own) return own(request, response);
      const chunks: Buffer[] = [];
      request.on('data', (data: Buffer) => chunks.push(data));
      request.on('end', async () => {
        const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
        const headers = { 'content-type': 'application/json' };
        const real = await fetch(server.url + request.url, { method: request.method ?? 'GET', headers, ...body });
        response.writeHead(real.status, headers).end(await real.text());
      });
    });
    open.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  };
  const saying = (status: number, body: unknown) =>
    standIn(() => (_, out) => out.writeHead(status).end(JSON.stringify(body)));

  it('can be made while the server is down, reports that, and works once it is back', async () => {
    const other = await startWeaviate({ log: () => {} });
    const { url, ports } = other;
    await other.stop();
    const store = await connect(mapped('FailingChunk'), url);
    await expect(store.probe()).rejects.toMatchObject({ name: 'ConnectionError', wholeStore: true });
    await expect(store.fetch(scope)).rejects.toMatchObject({ name: 'ConnectionError', code: 'ECONNREFUSED' });
    const back = await startWeaviate({ log: () => {}, ports });
    await store.probe();
    await store.ensure();
    await back.kill();
    await expect(store.fetch(scope)).rejects.toMatchObject({ name: 'ConnectionError' });
    const again = await startWeaviate({ log: () => {}, ports });
    await store.ensure();
    expect(await store.fetch(scope)).toEqual([]);
    await again.stop();
  }, 120_000);

  it('names each kind of failure', async () => {
    const error = { error: [{ message: 'no' }] };
    const cases = [
      { url: 'http://no-such-host.invalid', is: { name: 'ConnectionError', wholeStore: true } },
      { url: await saying(503, error), is: { name: 'ConnectionError', code: '503' } },
      { url: await saying(500, { error: [{ message: 'leader not found' }] }), is: { name: 'ConnectionError' } },
      { url: await saying(500, error), is: { name: 'WeaviateError', wholeStore: false } },
      { url: await saying(401, error), is: { name: 'StoreRefusedError', code: '401' } },
      { url: await saying(403, error), is: { name: 'StoreRefusedError', code: '403' } },
      { url: await saying(422, error), is: { name: 'StoreRefusedError', code: '422' } },
      { url: await saying(200, 'a page of a proxy'), is: { name: 'WeaviateError' } },
      { url: await standIn(() => (request) => request.socket.destroy()), is: { name: 'ConnectionError' } },
    ];
    for (const { url, is } of cases) {
      await expect((await connect(mapped('FailingChunk'), url)).fetch(scope)).rejects.toMatchObject(is);
    }
  });

  it('waits no longer than its time limit, nor past a signal', async () => {
    const url = await standIn(() => () => {});
    const limited = await connect(mapped('FailingChunk'), url, 150);
    await expect(limited.fetch(scope)).rejects.toMatchObject({ name: 'TimeoutError' });
    const patient = await connect(mapped('FailingChunk'), url);
    const reason = new Error('cancelled');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 100);
    await expect(patient.fetch(scope, stop.signal)).rejects.toBe(reason);
  });

  it('takes a partly failed batch for an error', async () => {
    const failed = { status: 'FAILED', errors: { error: [{ message: 'disk full' }] } };
    const url = await standIn((path) => {
      if (path === 'POST /v1/batch/objects') return (_, out) => out.end(JSON.stringify([{ result: failed }]));
      if (!path.startsWith('DELETE')) return null;
      return (_, out) => out.end(JSON.stringify({ results: { failed: 1, objects: [failed] } }));
    });
    const real = await connect(mapped('FailingChunk'));
    await real.put('w', [chunk('w', 'partly', 0)]);
    const images = await real.fetch({ partition: 'w', documentIds: ['partly'] });
    const store = await connect(mapped('FailingChunk'), url);
    await expect(store.remove('w', images)).rejects.toThrow('1 objects were not deleted: disk full');
    await expect(store.put('w', images)).rejects.toThrow('1 of 1 objects: disk full');
    const silent = await standIn((path) =>
      path.startsWith('DELETE') ? (_, out) => out.end(JSON.stringify({ results: { failed: 0 } })) : null,
    );
    const mute = await connect(mapped('FailingChunk'), silent);
    await expect(mute.remove('w', images)).rejects.toThrow('exist after the delete');
  });

  it('never shows the API key', async () => {
    const apiKey = 'secret-key';
    const make = (url: string, key = apiKey) =>
      createWeaviateVectors({ url, apiKey: key, mapping: mapped('FailingChunk'), timeoutMs: 20_000 });
    const refused = await make(await saying(401, { error: [{ message: 'anonymous access not enabled' }] }));
    const seen = [refused.description, await refused.probe().catch(String)];
    seen.push(await make(server.url, `${apiKey}\n`).then(() => '', String));
    seen.push(await make(`http://user:${apiKey}@127.0.0.1:1`).then(() => '', String));
    expect(seen.join('\n')).not.toContain(apiKey);
    expect(seen[1]).toContain('set a valid API key');
  });
});
