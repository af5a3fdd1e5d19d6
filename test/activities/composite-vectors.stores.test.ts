import { expect, it } from 'vitest';
import { documentSweepable } from '../../src/activities/document-sweepable.ts';
import type { Guard, RestoreWork } from '../../src/activities/sweep/sweepable.ts';
import { boundedTransaction } from '../../src/database/transaction.ts';
import { encodeRowId } from '../../src/domain/row-id.ts';
import { bindRun, createCollection, cutoff, future, newRun, past, rule } from '../stores/contract/collection.ts';
import { describeOn, describeOnDatabase } from '../support/stores.ts';
import { chunk, clientOf, mapped, objectsIn } from '../support/weaviate-objects.ts';

const vectorClass = 'CompositeIds';
const idOf = (key: string) => encodeRowId(['p', key]);

describeOnDatabase('native', 'an id of several columns with vectors in another store', (database) => {
  describeOn('weaviate', 'vectors', (server) => {
    it('removal and undo are the identity in both stores, and an extended row keeps its vectors', async () => {
      const { db } = database;
      const vectors = await clientOf(server).connect(mapped(vectorClass));
      await vectors.ensure();
      const collection = await createCollection(db, {
        columns: 'prefix text, key text, workspace text, expires_at timestamptz, primary key (prefix, key)',
        chunks: null,
        settings: { id: ['prefix', 'key'], vectors: { in: 'weaviate', class: vectorClass } },
      });
      const keys = ['a,b', 'a"b', 'kept'];
      await collection.insert(...keys.map((key) => ({ prefix: 'p', key, workspace: 'w', expires_at: past })));
      await vectors.put(
        'w',
        keys.flatMap((key) => [chunk('w', idOf(key), 0), chunk('w', idOf(key), 1)]),
      );
      const before = { rows: await collection.image(), objects: await objectsIn(server.url, vectorClass) };

      const sweepable = await documentSweepable(collection.store, vectors, () => rule).open(db);
      const run = await bindRun(db, await collection.store.open(db));
      await collection.execute(`update TABLE set expires_at = '${future}' where key = 'kept'`);
      const guard: Guard = {
        ...{ epoch: 1, after: null, check: async () => {} },
        commit: (step) => boundedTransaction(db, step),
      };
      const undoRun = await newRun(db, 'undo');
      const work: RestoreWork = {
        ...{ db, guard, partition: 'w', ledger: run.at('w'), keep: true, signal: new AbortController().signal },
        terms: { cutoff, parameters: {}, respectHolds: true },
        undo: { runNo: undoRun.no, runId: undoRun.run_id },
      };
      await sweepable.work.applyBatch(work, 100);
      expect(await collection.image()).toHaveLength(1);
      const left = await objectsIn(server.url, vectorClass);
      expect(new Set(left.map(({ properties }) => properties.document_id))).toEqual(new Set([idOf('kept')]));

      await collection.execute(`update TABLE set expires_at = '${past}' where key = 'kept'`);
      await sweepable.undo?.restoreBatch(work, 100);
      expect({ rows: await collection.image(), objects: await objectsIn(server.url, vectorClass) }).toEqual(before);
      await vectors.close();
    });
  });
});
