import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WeaviateClass } from '../../src/domain/mapping.ts';
import type { VectorImage } from '../../src/stores/ports/vector-store.ts';
import { chunkUuid } from '../../src/stores/weaviate/chunk-uuid.ts';
import { inspectWeaviateClass } from '../../src/stores/weaviate/inspect.ts';
import { createWeaviateVectors } from '../../src/stores/weaviate/vectors.ts';
import { startWeaviate } from '../../tools/servers/weaviate.ts';
import { describeOn, type Server as GivenServer } from '../support/stores.ts';
import { AWKWARD, ids, vectorStoreContract } from './vector-store.contract.ts';

const TIMEOUT_MS = 20_000;
const DIMENSIONS = 8;

const mapped = (name: string, over: Partial<WeaviateClass> = {}): WeaviateClass => ({
  in: 'weaviate',
  class: name,
  document: 'document_id',
  workspace: 'workspace',
  chunk: 'chunk_id',
  text: 'text',
  ...over,
});

/** The same words give the same floats, spread over all of the mantissa. */
function floats(seed: string, length = DIMENSIONS): number[] {
  const hex = chunkUuid(seed, 'vector').replaceAll('-', '').repeat(8);
  return Array.from({ length }, (_, at) => Math.fround(Math.sin(Number.parseInt(hex.slice(at * 3, at * 3 + 8), 16))));
}

function chunk(partition: string, documentId: string, at: number, text = `text ${at}`): VectorImage {
  return {
    id: chunkUuid(`${partition}\n${documentId}`, String(at)),
    documentId,
    properties: { document_id: documentId, workspace: partition, chunk_id: String(at), text },
    vectors: { default: floats(`${partition} ${documentId} ${at}`) },
    revision: null,
  };
}

/** Known once the suite runs. */
let server: GivenServer;
const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/v1${path}`, { method, headers, ...sent });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
};
const connect = (mapping: WeaviateClass, url = server.url, timeoutMs = TIMEOUT_MS) =>
  createWeaviateVectors({ url, mapping, timeoutMs });

describeOn('weaviate', 'vectors', (given) => {
  beforeAll(() => {
    server = given;
  });

  vectorStoreContract('Weaviate', async () => {
    const store = await connect(mapped('DocumentChunk'));
    await store.ensure();
    return {
      store,
      chunk,
      addDocument: async () => {},
      stop: () => store.close(),
      async nearest(vector, limit) {
        const query = `{Get{DocumentChunk(limit:${limit} nearVector:{vector:${JSON.stringify(vector)}}){_additional{id}}}}`;
        const found = JSON.stringify(await call('POST', '/graphql', { query }));
        return [...found.matchAll(/"id":"([^"]+)"/g)].map((match) => match[1] ?? '');
      },
    };
  });

  describe('Weaviate', () => {
    it('gives a chunk the same version 5 uuid every time, and different ones to different chunks', () => {
      expect(chunkUuid('a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(chunkUuid('a', 'b')).toBe(chunkUuid('a', 'b'));
      expect(chunkUuid('a', 'bc')).not.toBe(chunkUuid('ab', 'c'));
    });

    it('creates one default class although several processes do so at once', async () => {
      const mapping = mapped('Together');
      const stores = await Promise.all(Array.from({ length: 4 }, () => connect(mapping)));
      await Promise.all(stores.map((store) => store.ensure()));
      expect(await inspectWeaviateClass({ url: server.url, mapping, timeoutMs: TIMEOUT_MS })).toEqual([]);
      expect(await call('GET', '/schema/Together')).toMatchObject({
        vectorizer: 'none',
        vectorIndexConfig: { distance: 'cosine' },
        invertedIndexConfig: { indexTimestamps: true },
      });
    });

    it("leaves another workspace's chunks of the same document id untouched", async () => {
      const store = await connect(mapped('DocumentChunk'));
      const documentId = randomUUID();
      await store.put('one', [chunk('one', documentId, 0)]);
      await store.put('two', [chunk('two', documentId, 0)]);
      const before = await store.fetch({ partition: 'two', documentIds: [documentId] });
      await store.remove('one', await store.fetch({ partition: 'one', documentIds: [documentId] }));
      expect(await store.fetch({ partition: 'one', documentIds: [documentId] })).toEqual([]);
      expect(await store.fetch({ partition: 'two', documentIds: [documentId] })).toEqual(before);
    });

    describe('with a class of the application', () => {
      const textIds = ['document_id', 'workspace', 'chunk_id'].map((name) => ({ name, dataType: ['text'] }));

      it('matches exactly although its ids are tokenized into words, and refuses ids it cannot find', async () => {
        await call('POST', '/schema', {
          class: 'Words',
          properties: [...textIds, { name: 'text', dataType: ['text'] }],
        });
        const mapping = mapped('Words');
        const store = await connect(mapping);
        const word = /[\p{L}\p{N}]/u;
        for (const documentId of AWKWARD) await store.put('W 1', [chunk('W 1', documentId, 0)]);
        await store.put('w-1', [chunk('w-1', 'two words', 0)]);
        for (const documentId of AWKWARD) {
          const fetched = store.fetch({ partition: 'W 1', documentIds: [documentId, 'Two Words'] });
          if (!word.test(documentId) || documentId === 'the') {
            await expect(fetched).rejects.toMatchObject({ name: 'StoreRefusedError' });
            continue;
          }
          const expected = [...new Set([documentId, 'Two Words'])].sort();
          expect((await fetched).map((image) => image.documentId).sort()).toEqual(expected);
        }
        const problems = (await inspectWeaviateClass({ url: server.url, mapping, timeoutMs: TIMEOUT_MS })).join('\n');
        expect(problems).toContain('Property document_id of Weaviate class Words has tokenization word');
        expect(problems).toContain('exact match is done in memory and may be slow');
        expect(problems).toContain('indexTimestamps');
      });

      it('removes only what is unchanged although the class has no index of timestamps', async () => {
        const store = await connect(mapped('Words'));
        await store.put(
          'z',
          [0, 1].map((at) => chunk('z', 'zombie', at)),
        );
        const images = await store.fetch({ partition: 'z', documentIds: ['zombie'] });
        await store.remove('z', images);
        await store.restore('z', images);
        expect((await store.remove('z', images)).changed.sort()).toEqual(ids(images));
        const now = await store.fetch({ partition: 'z', documentIds: ['zombie'] });
        expect(await store.remove('z', now)).toEqual({ changed: [] });
      });

      it('restores every kind of property and every named vector exactly', async () => {
        const property = (name: string, dataType: string) => ({ name, dataType: [dataType] });
        const named = { vectorizer: { none: {} }, vectorIndexType: 'hnsw' };
        await call('POST', '/schema', {
          class: 'Kinds',
          vectorConfig: { title: named, body: { ...named, vectorIndexType: 'flat' } },
          invertedIndexConfig: { indexTimestamps: true },
          properties: [
            ...[property('document_id', 'uuid'), property('workspace', 'int'), property('text', 'text')],
            ...[property('when', 'date'), property('times', 'date[]'), property('count', 'int')],
            ...[property('score', 'number'), property('scores', 'number[]'), property('tags', 'text[]')],
            ...[property('flag', 'boolean'), property('place', 'geoCoordinates'), property('raw', 'blob')],
            { ...property('nested', 'object'), nestedProperties: [property('at', 'date'), property('n', 'int')] },
          ],
        });
        const store = await connect(mapped('Kinds', { chunk: null }));
        const documentId = randomUUID();
        const image: VectorImage = {
          id: randomUUID(),
          documentId,
          properties: {
            ...{ document_id: documentId, workspace: 3_000_000_000, text: null },
            ...{ when: '2026-01-01T00:00:00.123456789+02:00', times: ['2026-01-01T00:00:00.1234567Z'] },
            ...{ count: Number.MAX_SAFE_INTEGER, score: 0.1, scores: [1e-300, -0.5], tags: [], flag: false },
            ...{ place: { latitude: 52.36667, longitude: 4.894541 }, raw: 'aGVsbG8=' },
            nested: { at: '2026-01-01T00:00:00.000001Z', n: 4_000_000_000 },
          },
          vectors: { title: floats('title', 3), body: floats('body', 5) },
          revision: null,
        };
        await store.put('3000000000', [image]);
        const scope = { partition: '3000000000', documentIds: [documentId] };
        const [read] = await store.fetch(scope);
        if (!read) throw new Error('not found');
        expect(read.vectors).toEqual(image.vectors);
        const { text: _absent, ...present } = image.properties;
        expect(read.properties).toEqual(present);
        await store.remove(scope.partition, [read]);
        await store.restore(scope.partition, [read]);
        const [restored] = await store.fetch(scope);
        expect({ ...restored, revision: null }).toEqual({ ...read, revision: null });
        expect(await store.restore(scope.partition, [read])).toEqual({ inserted: [], superseded: [] });
      });

      it('refuses a class that is missing, multi-tenant or lacks a property, and creates none by accident', async () => {
        await call('POST', '/schema', {
          class: 'Tenants',
          multiTenancyConfig: { enabled: true },
          properties: textIds.slice(0, 1),
        });
        const images = [chunk('w', 'd', 0)];
        for (const name of ['Missing', 'Tenants']) {
          const store = await connect(mapped(name));
          await expect(store.put('w', images)).rejects.toMatchObject({ name: 'StoreRefusedError' });
          await expect(store.fetch({ partition: 'w', documentIds: ['d'] })).rejects.toThrow(name);
        }
        const inspect = (mapping: WeaviateClass) =>
          inspectWeaviateClass({ url: server.url, mapping, timeoutMs: TIMEOUT_MS });
        expect(await inspect(mapped('Missing'))).toEqual(['Weaviate class Missing does not exist.']);
        const problems = (await inspect(mapped('Tenants'))).join('\n');
        expect(problems).toContain('multi-tenant');
        expect(problems).toContain('has no property workspace');
        expect(await inspect(mapped('DocumentChunk'))).toEqual([]);
      });

      it('refuses properties the class does not have, so that it stays as it is', async () => {
        const store = await connect(mapped('DocumentChunk'));
        const image = chunk('w', 'd', 0);
        const strange = { ...image, properties: { ...image.properties, unknown: 1 } };
        await expect(store.put('w', [strange])).rejects.toMatchObject({ name: 'StoreRefusedError' });
        expect(JSON.stringify(await call('GET', '/schema/DocumentChunk'))).not.toContain('unknown');
      });
    });

    describe('when it fails', () => {
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

      it('can be made while the server is down, says so, and works once it is back', async () => {
        const other = await startWeaviate({ log: () => {} });
        const { url, ports } = other;
        await other.stop();
        const store = await connect(mapped('DocumentChunk'), url);
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
          await expect((await connect(mapped('DocumentChunk'), url)).fetch(scope)).rejects.toMatchObject(is);
        }
      });

      it('waits no longer than its time limit, nor past a signal', async () => {
        const url = await standIn(() => () => {});
        const limited = await connect(mapped('DocumentChunk'), url, 150);
        await expect(limited.fetch(scope)).rejects.toMatchObject({ name: 'TimeoutError' });
        const patient = await connect(mapped('DocumentChunk'), url);
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
        const real = await connect(mapped('DocumentChunk'));
        await real.put('w', [chunk('w', 'partly', 0)]);
        const images = await real.fetch({ partition: 'w', documentIds: ['partly'] });
        const store = await connect(mapped('DocumentChunk'), url);
        await expect(store.remove('w', images)).rejects.toThrow('1 objects were not deleted: disk full');
        await expect(store.put('w', images)).rejects.toThrow('1 of 1 objects: disk full');
        const silent = await standIn((path) =>
          path.startsWith('DELETE') ? (_, out) => out.end(JSON.stringify({ results: { failed: 0 } })) : null,
        );
        const mute = await connect(mapped('DocumentChunk'), silent);
        await expect(mute.remove('w', images)).rejects.toThrow('stand after the delete');
      });

      it('never shows the API key', async () => {
        const apiKey = 'secret-key';
        const make = (url: string, key = apiKey) =>
          createWeaviateVectors({ url, apiKey: key, mapping: mapped('DocumentChunk'), timeoutMs: TIMEOUT_MS });
        const refused = await make(await saying(401, { error: [{ message: 'anonymous access not enabled' }] }));
        const seen = [refused.description, await refused.probe().catch(String)];
        seen.push(await make(server.url, `${apiKey}\n`).then(() => '', String));
        seen.push(await make(`http://user:${apiKey}@127.0.0.1:1`).then(() => '', String));
        expect(seen.join('\n')).not.toContain(apiKey);
        expect(seen[1]).toContain('set a valid API key');
      });
    });
  });
});
