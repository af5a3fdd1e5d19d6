import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { vanishedDecisions } from '../../src/activities/upkeep/merges.ts';
import { deleteDecisions, deleteEndedMerges, pageOfOldDecisions } from '../../src/state/upkeep/merges.ts';
import { tablesGraph } from '../support/graph-sweep.ts';
import { describeOnDatabase } from '../support/stores.ts';

interface Given {
  readonly survivor: string;
  readonly loser: string;
  readonly state: string;
  readonly days: number;
  readonly kind?: 'entity' | 'fact';
  readonly reason?: string;
}

describeOnDatabase('native', 'upkeep of pairs', (database) => {
  /** A pair that was found, and decided or merged, so many days ago. */
  async function pair({ survivor, loser, state, days, kind = 'entity', reason }: Given): Promise<void> {
    const key = `${kind} ${survivor} ${loser}`;
    await sql`insert into coppice.merges (key, graph, group_id, kind, type, survivor, loser, state, evidence, reason, run_no,
        applied_run_no, part_no, created_at, merged_at, decided_at)
      values (${key}, 'pairs', 'g', ${kind}, '', ${survivor}, ${loser}, ${state}, '{}', ${reason ?? null}, 77, 77, 1,
        now() - make_interval(days => ${days}::int), case when ${state} = 'merged' then now() - make_interval(days => ${days}::int) end,
        case when ${state} in ('accepted', 'never') then now() - make_interval(days => ${days}::int) end)`.execute(
      database.db,
    );
  }

  const left = async () => {
    const { rows } = await sql<{ loser: string }>`select loser from coppice.merges order by loser`.execute(database.db);
    return rows.map(({ loser }) => loser);
  };

  test('pairs that ended are deleted once nothing is kept of them, and others stay', async () => {
    const { db } = database;
    await pair({ survivor: 's', loser: 'ended', state: 'merged', days: 40 });
    await pair({ survivor: 's', loser: 'kept in the ledger', state: 'merged', days: 40 });
    await pair({ survivor: 's', loser: 'recent', state: 'merged', days: 20 });
    await pair({ survivor: 's', loser: 'not seen again', state: 'review', days: 40 });
    await pair({ survivor: 's', loser: 'splitting', state: 'splitting', days: 40 });
    await pair({ survivor: 's', loser: 'never', state: 'never', days: 4000 });
    await sql`insert into coppice.ledger_graph (run_no, day, graph, part_no, kind, item_id, content, dates)
      values (77, current_date, 'pairs', 1, 'merge', 'x', '{"survivor": "s", "loser": "kept in the ledger"}', '')`.execute(
      db,
    );
    await pair({ survivor: 's', loser: 'answered', state: 'merged', days: 40 });
    await sql`update coppice.merges set answer = 'same' where loser = 'answered'`.execute(db);
    const tidy = () => db.transaction().execute((tx) => deleteEndedMerges(tx, 30, 1));
    expect([await tidy(), await tidy(), await tidy()]).toEqual([1, 1, 0]);
    expect(await left()).toEqual(['answered', 'kept in the ledger', 'never', 'recent', 'splitting']);
    await sql`delete from coppice.merges`.execute(db);
  });

  test('decisions about entities and facts that do not exist are deleted, but never what a person kept apart', async () => {
    const { db } = database;
    const store = await tablesGraph(db, 'pairs');
    const line = { group_id: 'g', created_at: '2026-01-01T00:00:00.000Z' };
    await store.loading.load?.([
      ...['a', 'b'].map((id) => ({ ...line, type: 'entity' as const, id, name: id })),
      { ...line, type: 'relation', id: 'r', source: 'a', target: 'b' },
    ]);
    await pair({ survivor: 'a', loser: 'b', state: 'accepted', days: 40 });
    await pair({ survivor: 'a', loser: 'gone', state: 'accepted', days: 40 });
    await pair({ survivor: 'a', loser: 'gone yesterday', state: 'accepted', days: 1 });
    await pair({ survivor: 'r', loser: 'r gone', state: 'accepted', days: 40, kind: 'fact' });
    await pair({ survivor: 'a', loser: 'gone, undone', state: 'never', days: 40, reason: 'undone' });
    await pair({ survivor: 'a', loser: 'gone, split', state: 'never', days: 40, reason: 'split' });
    await pair({ survivor: 'a', loser: 'gone, kept apart', state: 'never', days: 40 });
    const [first, ...rest] = await pageOfOldDecisions(db, 'pairs', '0', 30, 1);
    const page = await pageOfOldDecisions(db, 'pairs', first?.id ?? '', 30, 500);
    expect(rest).toEqual([]);
    const vanished = await vanishedDecisions(store, page);
    expect(await db.transaction().execute((tx) => deleteDecisions(tx, vanished))).toBe(3);
    expect(await left()).toEqual(['b', 'gone yesterday', 'gone, kept apart', 'gone, split']);
    // A person decides between the two: the decision stays.
    await pair({ survivor: 'a', loser: 'gone', state: 'accepted', days: 40 });
    const read = await vanishedDecisions(store, await pageOfOldDecisions(db, 'pairs', '0', 30, 500));
    await sql`update coppice.merges set state = 'never' where loser = 'gone'`.execute(db);
    expect(await db.transaction().execute((tx) => deleteDecisions(tx, read))).toBe(0);
  });
});
