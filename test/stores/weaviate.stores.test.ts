import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { WeaviateClass } from '../../src/domain/mapping.ts';
import type { VectorImage } from '../../src/domain/vector-image.ts';
import { chunkUuid } from '../../src/stores/weaviate/chunk-uuid.ts';
import { inspectWeaviateClass } from '../../src/stores/weaviate/inspect.ts';
import { describeOn } from '../support/stores.ts';
import { chunk, clientOf, floats, mapped } from '../support/weaviate-objects.ts';
import { AWKWARD, ids, vectorStoreContract } from './vector-store.contract.ts';

describeOn('weaviate', 'vectors', (server) => {
  const { call, connect } = clientOf(server);

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
      const sound = { problems: [], remarks: [] };
      expect(await inspectWeaviateClass({ url: server.url, mapping, timeoutMs: 20_000 })).toEqual(sound);
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
        const found = await inspectWeaviateClass({ url: server.url, mapping, timeoutMs: 20_000 });
        expect(found.problems).toEqual([]);
        const remarks = found.remarks.join('\n');
        expect(remarks).toContain('Property document_id of Weaviate class Words has tokenization word');
        expect(remarks).toContain('exact match is done in memory and may be slow');
        expect(remarks).toContain('indexTimestamps');
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

      it('refuses a class that is missing or lacks a property, and creates none by accident', async () => {
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
          inspectWeaviateClass({ url: server.url, mapping, timeoutMs: 20_000 });
        expect(await inspect(mapped('Missing'))).toEqual({
          problems: ['Weaviate class Missing does not exist.'],
          remarks: [],
        });
        const problems = (await inspect(mapped('Tenants'))).problems.join('\n');
        expect(problems).toContain(
          'has no property workspace: its tenants are the workspaces, so map workspace: null.',
        );
        expect((await inspect(mapped('DocumentChunk'))).problems).toEqual([]);
      });

      it('takes a tenant of a multi-tenant class for a partition', async () => {
        await call('POST', '/schema', {
          class: 'ByTenant',
          multiTenancyConfig: { enabled: true },
          properties: [...textIds.filter(({ name }) => name !== 'workspace'), { name: 'text', dataType: ['text'] }],
        });
        await call('POST', '/schema/ByTenant/tenants', [
          { name: 'one' },
          { name: 'two' },
          { name: 'asleep', activityStatus: 'INACTIVE' },
        ]);
        const mapping = { ...mapped('ByTenant'), workspace: null };
        const store = await connect(mapping);
        const of = (documentId: string, at: number) => {
          const { workspace: _, ...properties } = chunk('one', documentId, at).properties;
          return { ...chunk('one', documentId, at), properties };
        };
        const images = [of('first', 0), of('first', 1), of('second', 0)];
        for (const tenant of ['one', 'two']) await store.put(tenant, images);
        const fetch = (partition: string) => store.fetch({ partition, documentIds: ['first', 'second'] });
        const [one, two] = [await fetch('one'), await fetch('two')];
        expect(one.map(({ id }) => id).sort()).toEqual(ids(images));
        expect(await store.remove('one', one)).toEqual({ changed: [] });
        expect(await fetch('one')).toEqual([]);
        expect(await fetch('two')).toEqual(two);
        expect((await store.restore('one', one)).inserted.sort()).toEqual(ids(images));
        expect(await store.restore('one', one)).toEqual({ inserted: [], superseded: [] });
        const listed = [];
        const requests = vi.spyOn(globalThis, 'fetch');
        for await (const page of store.pages(2)) {
          listed.push(...page.map(({ partition, documentId }) => `${partition} ${documentId}`));
        }
        const paths = requests.mock.calls.map(([url]) => new URL(String(url)).pathname);
        requests.mockRestore();
        expect(paths.filter((path) => path.endsWith('/tenants'))).toHaveLength(1);
        expect(paths.filter((path) => path.endsWith('/objects')).length).toBeGreaterThanOrEqual(4);
        expect(listed.sort()).toEqual([
          ...['one first', 'one first', 'one second'],
          ...['two first', 'two first', 'two second'],
        ]);
        for (const partition of ['nobody', '../two', 'One']) {
          expect(await fetch(partition)).toEqual([]);
          expect(await store.remove(partition, one)).toEqual({ changed: [] });
          await expect(store.put(partition, images)).rejects.toThrow('has no tenant of the name of this partition');
        }
        await expect(fetch('asleep')).rejects.toMatchObject({
          name: 'StoreRefusedError',
          message: expect.stringMatching(/has a tenant of this partition that is (COLD|INACTIVE): activate it/),
        });
        expect((await inspectWeaviateClass({ url: server.url, mapping, timeoutMs: 20_000 })).problems).toEqual([]);
      });

      it('refuses properties the class does not have, so that it stays as it is', async () => {
        const store = await connect(mapped('DocumentChunk'));
        const image = chunk('w', 'd', 0);
        const strange = { ...image, properties: { ...image.properties, unknown: 1 } };
        await expect(store.put('w', [strange])).rejects.toMatchObject({ name: 'StoreRefusedError' });
        expect(JSON.stringify(await call('GET', '/schema/DocumentChunk'))).not.toContain('unknown');
      });
    });
  });
});
