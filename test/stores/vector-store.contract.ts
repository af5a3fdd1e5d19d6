import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VectorImage } from '../../src/domain/vector-image.ts';
import { firstObjects, type VectorStore } from '../../src/stores/ports/vector-store.ts';

export interface VectorStoreHarness {
  readonly store: VectorStore;
  /** Inserts the row that must exist before chunks of this document, on a database. */
  addDocument(partition: string, documentId: string): Promise<void>;
  /** A chunk as the application would write it; the same arguments give the same object. */
  chunk(partition: string, documentId: string, at: number, text?: string): VectorImage;
  /** Ids of the chunks a search for this vector finds first. */
  nearest(vector: readonly number[], limit: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** The last ones look like filters, patterns, words or nothing at all, and are ids all the same. */
export const AWKWARD = [
  'two words',
  'Two Words',
  ' outer spaces ',
  'q"uo\'te',
  'back\\slash \\n \\u0041',
  'line\nbreak\r\n\ttab',
  '日本語 テキスト',
  'é',
  'e\u0301',
  '😀',
  '{operator:Or}',
  '%_',
  'the',
  '***',
  '*',
  `long ${'x'.repeat(2_000)}`,
];

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
export const ids = (images: readonly { readonly id: string }[]) => images.map((image) => image.id).sort();
/** Contents of images, without the time of writing. */
const contents = (images: readonly VectorImage[]) =>
  [...images].sort(byId).map(({ id, documentId, properties, vectors }) => ({ id, documentId, properties, vectors }));

/** Promises of every store of vectors, on which the removals and the undo of all jobs rest. */
export function vectorStoreContract(name: string, make: () => Promise<VectorStoreHarness>): void {
  describe(`${name} as a store of vectors`, () => {
    let harness: VectorStoreHarness;
    let store: VectorStore;
    beforeAll(async () => {
      harness = await make();
      store = harness.store;
    }, 300_000);
    afterAll(() => harness?.stop());

    const fresh = () => `ws ${randomUUID()}`;
    /** Writes documents of so many chunks each, and reads them as a job would. */
    const written = async (partition: string, documentIds: readonly string[], chunks = 2) => {
      const images = documentIds.flatMap((documentId) =>
        Array.from({ length: chunks }, (_, at) => harness.chunk(partition, documentId, at)),
      );
      for (const documentId of documentIds) await harness.addDocument(partition, documentId);
      await store.put(partition, images);
      return store.fetch({ partition, documentIds });
    };

    it('answers a probe, and creates its default place safely when two do so at once', async () => {
      await store.probe();
      await Promise.all([store.ensure(), store.ensure()]);
      await store.ensure();
    });

    it('reads back what was written: every object whole, vectors exact to the bit', async () => {
      const partition = fresh();
      const documentIds = [randomUUID(), randomUUID()];
      const images = await written(partition, documentIds);
      const sent = documentIds.flatMap((documentId) => [0, 1].map((at) => harness.chunk(partition, documentId, at)));
      expect(ids(images)).toEqual(ids(sent));
      for (const image of images) {
        const twin = sent.find((each) => each.id === image.id);
        expect(image.documentId).toBe(twin?.documentId);
        expect(image.properties).toMatchObject(twin?.properties ?? {});
        expect(image.vectors).toEqual(twin?.vectors);
        expect(image.revision).not.toBeNull();
      }
    });

    it('finds a written object by its vector at once', async () => {
      const [image] = await written(fresh(), [randomUUID()], 1);
      expect(await harness.nearest(image?.vectors.default ?? [], 1)).toEqual([image?.id]);
    });

    it('takes ids exactly as they are', async () => {
      const partition = `${fresh()} "q"\\\n*`;
      const prefix = randomUUID();
      // Each awkward id stands beside one that differs only in case, spaces or punctuation.
      const documentIds = AWKWARD.map((id) => `${id}${prefix}`);
      await written(partition, documentIds, 1);
      for (const documentId of documentIds) {
        const found = await store.fetch({ partition, documentIds: [documentId] });
        expect(found.map((image) => image.documentId)).toEqual([documentId]);
      }
      expect(await store.fetch({ partition, documentIds: [prefix, '*', '%', prefix.toUpperCase()] })).toEqual([]);
    });

    it('finds nothing of a partition that differs by a hair', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      await written(partition, [documentId]);
      for (const other of [` ${partition}`, partition.toUpperCase(), '*', `${partition}\n`]) {
        expect(await store.fetch({ partition: other, documentIds: [documentId] })).toEqual([]);
      }
    });

    it('reads more than 10,000 objects of one document, and of many', async () => {
      const partition = fresh();
      const big = randomUUID();
      const small = Array.from({ length: 300 }, () => randomUUID());
      expect(await written(partition, [big], 10_200)).toHaveLength(10_200);
      expect(await written(partition, small, 5)).toHaveLength(1_500);
      const all = await store.fetch({ partition, documentIds: [big, ...small] });
      expect(new Set(ids(all)).size).toBe(11_700);
      expect(await store.remove(partition, all)).toEqual({ changed: [] });
      expect(await store.fetch({ partition, documentIds: [big, ...small] })).toEqual([]);
    }, 180_000);

    it('replaces an object of the same id', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      await written(partition, [documentId], 1);
      await store.put(partition, [harness.chunk(partition, documentId, 0, 'new words')]);
      const found = await store.fetch({ partition, documentIds: [documentId] });
      expect(found).toHaveLength(1);
      expect(Object.values(found[0]?.properties ?? {})).toContain('new words');
    });

    it('removes exactly the given objects, and counts a deleted one as removed', async () => {
      const partition = fresh();
      const [gone, kept] = [randomUUID(), randomUUID()];
      const images = await written(partition, [gone, kept]);
      const doomed = images.filter((image) => image.documentId === gone);
      expect(await store.remove(partition, doomed)).toEqual({ changed: [] });
      expect(await store.remove(partition, doomed)).toEqual({ changed: [] });
      const left = await store.fetch({ partition, documentIds: [gone, kept] });
      expect(left).toEqual(images.filter((image) => image.documentId === kept));
    });

    it('leaves an object that was written since it was read, and names it', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      const images = await written(partition, [documentId], 3);
      const rewritten = harness.chunk(partition, documentId, 1, 'written since');
      await store.put(partition, [rewritten]);
      expect(await store.remove(partition, images)).toEqual({ changed: [rewritten.id] });
      expect(ids(await store.fetch({ partition, documentIds: [documentId] }))).toEqual([rewritten.id]);
    });

    it('lets a worker back from the dead remove nothing that was restored meanwhile', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      const images = await written(partition, [documentId], 4);
      await store.remove(partition, images);
      const { inserted, superseded } = await store.restore(partition, images);
      expect([inserted.sort(), superseded]).toEqual([ids(images), []]);
      const { changed } = await store.remove(partition, images);
      expect(changed.sort()).toEqual(ids(images));
      expect(contents(await store.fetch({ partition, documentIds: [documentId] }))).toEqual(contents(images));
    });

    it('restores exactly what was removed, and doing it again changes nothing', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      const images = await written(partition, [documentId], 3);
      await store.remove(partition, images);
      await store.restore(partition, images);
      const restored = await store.fetch({ partition, documentIds: [documentId] });
      expect(contents(restored)).toEqual(contents(images));
      expect(await store.restore(partition, images)).toEqual({ inserted: [], superseded: [] });
      const again = await store.fetch({ partition, documentIds: [documentId] });
      expect([...again].sort(byId)).toEqual([...restored].sort(byId));
    });

    it('restores around an object that was replaced meanwhile, and names it', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      const images = await written(partition, [documentId], 3);
      await store.remove(partition, images);
      const replaced = harness.chunk(partition, documentId, 2, 'another text');
      await store.put(partition, [replaced]);
      const { inserted, superseded } = await store.restore(partition, images);
      expect(inserted.sort()).toEqual(ids(images).filter((id) => id !== replaced.id));
      expect(superseded).toEqual([replaced.id]);
      const found = await store.fetch({ partition, documentIds: [documentId] });
      expect(ids(found)).toEqual(ids(images));
      const kept = found.find((image) => image.id === replaced.id);
      expect(kept?.properties).toMatchObject(replaced.properties);
    });

    it('refuses an empty scope: it never means all', async () => {
      const partition = fresh();
      const [image] = await written(partition, [randomUUID()], 1);
      if (!image) throw new Error('nothing was written');
      const empty = { name: 'EmptyScopeError' };
      await expect(store.fetch({ partition, documentIds: [] })).rejects.toMatchObject(empty);
      await expect(store.fetch({ partition: '', documentIds: [image.documentId] })).rejects.toMatchObject(empty);
      for (const method of ['put', 'restore', 'remove'] as const) {
        await expect(store[method](partition, [])).rejects.toMatchObject(empty);
        await expect(store[method]('', [image])).rejects.toMatchObject(empty);
      }
      expect(await store.fetch({ partition, documentIds: [image.documentId] })).toEqual([image]);
    });

    it('refuses objects of another partition, and changes nothing', async () => {
      const [partition, other] = [fresh(), fresh()];
      const documentId = randomUUID();
      const images = await written(partition, [documentId]);
      for (const method of ['put', 'restore', 'remove'] as const) {
        await expect(store[method](other, images)).rejects.toMatchObject({ name: 'StoreRefusedError' });
      }
      expect(await store.fetch({ partition, documentIds: [documentId] })).toEqual(images);
    });

    it('refuses a vector of another length, or not of numbers, before anything is written', async () => {
      const partition = fresh();
      const documentId = randomUUID();
      await harness.addDocument(partition, documentId);
      const good = harness.chunk(partition, documentId, 0);
      for (const vector of [[1, 2, 3, 4, 5], good.vectors.default?.map(() => Number.NaN) ?? []]) {
        const bad = { ...harness.chunk(partition, documentId, 1), vectors: { default: vector } };
        for (const method of ['put', 'restore'] as const) {
          await expect(store[method](partition, [good, bad])).rejects.toMatchObject({ name: 'StoreRefusedError' });
        }
      }
      expect(await store.fetch({ partition, documentIds: [documentId] })).toEqual([]);
    });

    it('pages over every object once', async () => {
      const partition = fresh();
      const documentIds = Array.from({ length: 25 }, () => randomUUID());
      const images = await written(partition, documentIds, 1);
      const seen: { id: string; documentId: string; partition: string | null }[] = [];
      for await (const page of store.pages(10)) {
        expect(page.length).toBeLessThanOrEqual(10);
        seen.push(...page);
      }
      expect(new Set(ids(seen)).size).toBe(seen.length);
      const own = seen.filter((object) => object.partition === partition);
      expect(ids(own)).toEqual(ids(images));
      expect(own.map((object) => object.documentId).sort()).toEqual([...documentIds].sort());
    });

    it('stops for a signal, with the reason it gives', async () => {
      const reason = new Error('the worker is shutting down');
      const signal = AbortSignal.abort(reason);
      const scope = { partition: fresh(), documentIds: [randomUUID()] };
      await expect(store.fetch(scope, signal)).rejects.toBe(reason);
      await expect(firstObjects(store, 10, signal)).rejects.toBe(reason);
    });
  });
}
