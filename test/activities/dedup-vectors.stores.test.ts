import { expect, it } from 'vitest';
import { memoryCleanupSweepable } from '../../src/activities/memory-cleanup.ts';
import { memoryDedupSweepable } from '../../src/activities/memory-dedup.ts';
import type { Guard, RestoreWork, Step } from '../../src/activities/sweep/sweepable.ts';
import { boundedTransaction } from '../../src/database/transaction.ts';
import type { Rule } from '../../src/domain/rules/index.ts';
import { bindRun, createCollection, newRun } from '../stores/contract/collection.ts';
import { describeOn, describeOnDatabase } from '../support/stores.ts';
import { chunk, clientOf, mapped, objectsIn } from '../support/weaviate-objects.ts';

const vectorClass = 'MemoryVectors';
const cutoff = new Date('2026-03-01T03:00:00.000Z');

describeOnDatabase('native', 'memories with vectors in another store', (database) => {
  describeOn('weaviate', 'vectors', (server) => {
    /** Memories with two objects each, one sweep of them, and its undo. */
    async function prepared(job: 'memory-dedup' | 'memory-cleanup', memories: readonly Record<string, unknown>[]) {
      const { db } = database;
      const vectors = await clientOf(server).connect(mapped(vectorClass));
      await vectors.ensure();
      const collection = await createCollection(db, {
        columns: `id text primary key, owner text, body text, tier text, score float8, made timestamptz, uses bigint,
          links jsonb`,
        chunks: null,
        settings: {
          ...{ kind: 'memories', user: 'owner', content: 'body', tier: 'tier', score: 'score', created_at: 'made' },
          ...{ access_count: 'uses', links: 'links', vectors: { in: 'weaviate', class: vectorClass } },
        },
      });
      const owner = collection.name;
      const ids = memories.map(({ id }) => `${owner}-${id}`);
      const named = (text: unknown) => (Array.isArray(text) ? text.map((one) => `${owner}-${one}`) : text);
      await collection.insert(
        ...memories.map((one, no) => ({ owner, body: 'text', uses: 1, ...one, id: ids[no], links: named(one.links) })),
      );
      await vectors.put(
        owner,
        ids.flatMap((id) => [chunk(owner, id, 0), chunk(owner, id, 1)]),
      );
      const image = async () => {
        const objects = await objectsIn(server.url, vectorClass);
        const own = objects.filter(({ properties }) => properties.workspace === owner);
        return { rows: await collection.image(), objects: own };
      };
      const rule: Rule =
        job === 'memory-dedup'
          ? { kind: 'dedup', cutoff }
          : {
              ...{ kind: 'cleanup', cutoff, tier: 'SHORT', maxAgeDays: 30, maxScore: 0.3 },
              ...{ ignoreDecaySince: null, basesKnown: true },
            };
      const make = job === 'memory-dedup' ? memoryDedupSweepable : memoryCleanupSweepable;
      const sweepable = await make(collection.store, vectors).open(db);
      const run = await bindRun(db, await collection.store.open(db), { rule, respectHolds: true });
      const undoRun = await newRun(db, 'undo');
      const totals: Record<string, number> = {};
      /** Adds up totals; `beforeSettling` is called between the two transactions. */
      const workWith = (beforeSettling: () => Promise<unknown>): RestoreWork => {
        const guard: Guard = {
          ...{ epoch: 1, after: null },
          check: async () => {
            await beforeSettling();
          },
          commit: async <T extends Step>(step: (tx: Parameters<Parameters<Guard['commit']>[0]>[0]) => Promise<T>) => {
            const done = await boundedTransaction(db, step);
            for (const [name, count] of Object.entries(done.totals ?? {})) totals[name] = (totals[name] ?? 0) + count;
            return done;
          },
        };
        return {
          ...{ db, guard, partition: owner, ledger: run.at(owner), keep: true, signal: new AbortController().signal },
          terms: { cutoff, parameters: {}, respectHolds: true },
          undo: { runNo: undoRun.no, runId: undoRun.run_id },
        };
      };
      const standing = async () =>
        new Set((await image()).objects.map(({ properties }) => String(properties.document_id).split('-')[1]));
      return { collection, sweepable, image, standing, totals, workWith, vectors };
    }

    it('copies are merged and unmerged, the identity in both stores', async () => {
      const { sweepable, collection, image, standing, totals, workWith, vectors } = await prepared('memory-dedup', [
        { id: 'a', links: ['x'] },
        { id: 'b', links: ['y', 'a'] },
        { id: 'c', links: [] },
        { id: 'd', body: 'other', links: ['b'] },
      ]);
      const before = await image();
      await sweepable.work.applyBatch(
        workWith(async () => {}),
        2,
      );
      expect(await standing()).toEqual(new Set(['a', 'd']));
      expect(totals).toMatchObject({ deleted_memories: 2, deleted_vectors: 4 });
      const own = (id: string) => `""${collection.name}-${id}""`;
      const [a, d] = await collection.image();
      expect(a).toContain(`,3,"[${own('x')}, ${own('y')}]"`);
      expect(d).toContain(`"[${own('a')}]"`);
      await sweepable.undo?.restoreBatch(
        workWith(async () => {}),
        100,
      );
      expect(await image()).toEqual(before);
      expect(totals).toMatchObject({ restored_memories: 2, restored_vectors: 4, unmerged_memories: 2, refused: 0 });
      await vectors.close();
    });

    it.each([
      ['deleted', `delete from TABLE where id like '%-a'`, ['b', 'c']],
      ['rewritten', `update TABLE set body = 'new' where id like '%-a'`, ['a', 'b', 'c']],
    ])(
      'a survivor that is %s between the two transactions: copies keep their rows and vectors',
      async (_, statement, left) => {
        const { sweepable, collection, standing, totals, workWith, vectors } = await prepared('memory-dedup', [
          ...['a', 'b', 'c'].map((id) => ({ id })),
        ]);
        const work = workWith(() => collection.execute(statement));
        await sweepable.work.applyBatch(work, 100);
        expect(totals).toMatchObject({ deleted_memories: 0, no_longer_due: 2 });
        expect((await collection.image()).map((row) => row.split(/[-,]/)[1])).toEqual(left);
        expect([...(await standing())].filter((id) => left.includes(id ?? '')).sort()).toEqual(left);
        await vectors.close();
      },
    );

    it('a worker that dies between the two transactions: the next one counts each copy once', async () => {
      const { sweepable, collection, standing, totals, workWith, vectors } = await prepared('memory-dedup', [
        ...['a', 'b', 'c'].map((id) => ({ id })),
      ]);
      const killed = new Error('killed');
      const dying = workWith(() => Promise.reject(killed));
      await expect(sweepable.work.applyBatch(dying, 100)).rejects.toBe(killed);
      await sweepable.work.recover(
        workWith(async () => {}),
        false,
      );
      expect(totals).toMatchObject({ deleted_memories: 2 });
      expect(await standing()).toEqual(new Set(['a']));
      expect((await collection.image())[0]).toMatch(/,3,\)$/);
      await vectors.close();
    });

    it('stale memories are removed with their vectors, but for those that others link to', async () => {
      const stale = { tier: 'SHORT', score: 0.1, made: '2025-01-01T00:00:00Z' };
      const { sweepable, image, standing, totals, workWith, vectors } = await prepared('memory-cleanup', [
        { id: 'a', ...stale },
        { id: 'b', ...stale },
        { id: 'c', links: ['b'] },
      ]);
      const before = await image();
      await sweepable.work.applyBatch(
        workWith(async () => {}),
        100,
      );
      expect(await standing()).toEqual(new Set(['b', 'c']));
      expect(totals).toMatchObject({ deleted_memories: 1, deleted_vectors: 2 });
      await sweepable.undo?.restoreBatch(
        workWith(async () => {}),
        100,
      );
      expect(await image()).toEqual(before);
      await vectors.close();
    });
  });
});
