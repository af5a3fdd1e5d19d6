import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { graphStrategyOf } from '../../src/activities/graph/strategies.ts';
import { graphSweepable } from '../../src/activities/graph-sweepable.ts';
import { drain } from '../../src/activities/sweep/drain.ts';
import { surveyRun } from '../../src/activities/sweep/survey-run.ts';
import { loadConfig } from '../../src/config/load.ts';
import { past } from '../stores/contract/collection.ts';
import { graphTools, tablesGraph } from '../support/graph-sweep.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { sweepDeps, sweepRun } from '../support/sweep-deps.ts';

describeOnDatabase('native', 'small groups that are drained together', (database) => {
  test('one that the database refuses is handed back alone, and the others are finished by the same activity', async () => {
    const { db, url } = database;
    const signal = new AbortController().signal;
    const store = await tablesGraph(db, 'drained');
    const groups = ['first', 'poisoned', 'third'];
    await store.loading.load?.(groups.map((group) => ({ type: 'entity', group_id: group, id: 'e', created_at: past })));
    await sql`create function refuse() returns trigger language plpgsql as $$
      begin raise 'refused' using errcode = '23514'; end $$`.execute(db);
    await sql`create trigger refuse before insert on coppice.ledger_graph for each row
      when (new.content ->> 'group_id' = 'poisoned') execute function refuse()`.execute(db);
    const settings = loadConfig({ DATABASE_URL: url }).jobs.find(({ job }) => job.id === 'group-maintenance');
    if (settings === undefined) throw new Error('there is no such job');
    const sweepable = graphSweepable(store, graphStrategyOf('group-maintenance'), graphTools());
    const deps = sweepDeps(
      db,
      () => settings,
      () => [sweepable],
    );
    const parameters = { collectors: 'all', grace_days: 1, recompute: 'never' };
    const run = { ...(await sweepRun(db, settings, 'sweep')), parameters };
    const surveyed = await surveyRun(deps, { run, approval: null, deadLetters: null }, signal);
    expect(surveyed).toMatchObject({ due: 3, partitions: 3 });
    const plan = { ...surveyed, undoneRunNo: null };
    const { isolate, remaining } = await drain(deps, { run, plan, from: 1, to: 3, alone: false }, signal);
    const { rows } = await sql<{ no: number; partition: string; state: string }>`select no, partition, state
      from coppice.run_partitions where run_no = ${run.runNo} order by partition`.execute(db);
    expect(rows.filter(({ state }) => state === 'done').map(({ partition }) => partition)).toEqual(['first', 'third']);
    expect({ isolate, remaining }).toEqual({
      isolate: rows.flatMap(({ no, partition }) => (partition === 'poisoned' ? [no] : [])),
      remaining: false,
    });
    const left = await sql<{ group_id: string }>`select group_id from knowledge.drained_entities`.execute(db);
    expect(left.rows).toEqual([{ group_id: 'poisoned' }]);
  });
});
