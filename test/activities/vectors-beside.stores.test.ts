import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { asTogether } from '../../src/activities/graph/as-together.ts';
import { finishIntents, settleAbandoned } from '../../src/activities/graph/collect-outside.ts';
import { ruleOf } from '../../src/activities/graph/rule.ts';
import type { PartitionWork } from '../../src/activities/sweep/sweepable.ts';
import { defaultPostgresGraph } from '../../src/config/graph-defaults.ts';
import { boundedTransaction } from '../../src/database/transaction.ts';
import type { GraphImage } from '../../src/domain/graph-item.ts';
import { recordItems } from '../../src/state/graphs/graph-ledger.ts';
import { wayOf } from '../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import { fenceCheck } from '../../src/stores/postgres/graph/epoch.ts';
import { createPostgresGraph } from '../../src/stores/postgres/graph/store.ts';
import { newRun } from '../stores/contract/collection.ts';
import { classPlace, placeWithVectors, withoutVectors } from '../stores/graph/beside-place.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import type { GraphPlace } from '../stores/graph/place.ts';
import { tablesPlace } from '../stores/graph/tables-place.ts';
import { describeOn, describeOnDatabase } from '../support/stores.ts';

const old = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
const document = { ...old, type: 'document', id: 'd' } satisfies GraphLine;

describeOnDatabase('native', 'intents of vectors beside a graph in tables', (database) => {
  describeOn('weaviate', 'vectors', (server) => {
    const place = withoutVectors(defaultPostgresGraph('graph'));
    const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };
    let whole: GraphPlace;
    let drop: () => Promise<void>;
    let images: GraphImage[];
    let work: PartitionWork;

    beforeAll(async () => {
      const beside = await classPlace(server.url, mapping);
      drop = beside.drop;
      const alone = tablesPlace(database.db, createPostgresGraph(database.db, mapping), place);
      whole = placeWithVectors(database.db, alone, beside);
      await whole.store.ensure();
    });
    afterAll(() => drop());

    beforeEach(async () => {
      const { db } = database;
      await whole.clear();
      await sql`delete from coppice.ledger_graph`.execute(db);
      await whole.load([
        { ...document, deprecated_at: '2026-02-01T00:00:00.000Z' },
        ...['v1', 'v2'].map((id): GraphLine => ({ ...old, type: 'vector', id, document: 'd', embedding: [0.1, 0.2] })),
      ]);
      images = await vectors().fetch('a', [v('v1'), v('v2')]);
      const ledger = { runNo: (await newRun(db)).no, partNo: 1 };
      const intents = images.map((image) => ({ ...image, partNo: ledger.partNo }));
      await boundedTransaction(db, (tx) => recordItems(tx, { ...ledger, graph: 'graph' }, intents, 'intent'));
      const { epoch } = await whole.fence('a');
      work = {
        ...{ db, partition: 'a', ledger, keep: true, signal: new AbortController().signal },
        terms: { cutoff, parameters: { collectors: 'all', grace_days: 1 }, respectHolds: true },
        guard: {
          epoch,
          after: null,
          commit: (step) => boundedTransaction(db, step),
          check: () => fenceCheck(db, 'graph')({ group: 'a', epoch }),
        },
      };
    });

    const v = (id: string) => ({ kind: 'vector' as const, id });
    const vectors = () => {
      const way = wayOf(whole.store.items, 'vector');
      if (way.at === 'database') throw new Error('its vectors are elsewhere');
      return way;
    };
    /** As a predecessor did before it died. */
    const removeFirst = async () => {
      const first = images.filter(({ id }) => id === 'v1');
      const rule = { cutoff, graceDays: 1, collectors: ['deprecated-vectors'] as const };
      await vectors().remove({ group: 'a', epoch: work.guard.epoch }, rule, first);
    };
    const ledger = async () => {
      const { rows } = await sql<{ item: string }>`select item_id || ' ' || coalesce(state, 'removed') as item
        from coppice.ledger_graph order by 1`.execute(database.db);
      return rows.map(({ item }) => item);
    };
    const standing = async () => (await vectors().fetch('a', [v('v1'), v('v2')])).map(({ id }) => id).sort();

    test('the next attempt of the run finishes them', async () => {
      await removeFirst();
      await finishIntents(whole.store, { rule: ruleOf(work.terms) }, asTogether(work));
      expect(await ledger()).toEqual(['v1 removed', 'v2 removed']);
      expect(await standing()).toEqual([]);
    });

    test('a document that came back meanwhile has all of its vectors, and the ledger none', async () => {
      await removeFirst();
      await whole.load([document]);
      await finishIntents(whole.store, { rule: ruleOf(work.terms) }, asTogether(work));
      expect(await ledger()).toEqual([]);
      expect(await standing()).toEqual(['v1', 'v2']);
    });

    test('of a run that has ended, deleted items count as removed by it and existing items are released', async () => {
      await removeFirst();
      await settleAbandoned(whole.store, asTogether(work));
      expect(await ledger()).toEqual(['v1 removed']);
      expect(await standing()).toEqual(['v2']);
    });
  });
});
