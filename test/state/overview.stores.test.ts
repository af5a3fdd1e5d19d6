import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  changesByDay,
  changesWithin,
  collectionDays,
  countsOfWork,
  lastSurveys,
  putCollectionDay,
  undecidedRuns,
} from '../../src/state/monitoring/overview.ts';
import { writeCheckpoints } from '../../src/state/runs/run-partitions.ts';
import { endRun, recordApproval } from '../../src/state/runs/runs.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { begunRun } from './runs-of.ts';

describeOnDatabases('aggregates of the overview', (database) => {
  async function endedRun(totals: Record<string, number>, status: 'success' | 'held' = 'success') {
    const { db } = database;
    const run = await begunRun(db);
    const checkpoint = { after: null, totals, removed: 0, recorded: 0, refused: [], findings: [] };
    await db.transaction().execute((tx) => writeCheckpoints(tx, run.no, new Map([[1, checkpoint]])));
    await endRun(db, run.run_id, { status });
    return run;
  }

  test('a run counts once, with what its partitions came to when it ended', async () => {
    const { db } = database;
    const first = await endedRun({ deleted_documents: 3, deleted_vectors: 0 });
    await endedRun({ deleted_documents: 4 });
    await endRun(db, first.run_id, { status: 'failed' });
    await sql`update coppice.runs set finished_at = finished_at + interval '1 second'`.execute(db);
    const counted = { collection: 'documents', name: 'deleted_documents', count: 7 };
    expect(await changesWithin(db, 24)).toEqual([{ ...counted, job: 'ttl-cleanup' }]);
    expect(await changesByDay(db, 14)).toMatchObject([counted]);
    await sql`update coppice.change_counts set hour = hour - interval '3 days'`.execute(db);
    expect(await changesWithin(db, 24)).toEqual([]);
    expect(await changesByDay(db, 14)).toMatchObject([counted]);
  });

  test('a held run needs a person until one has decided', async () => {
    const { db } = database;
    const { run_id } = await endedRun({}, 'held');
    expect(await undecidedRuns(db, 5)).toMatchObject({ count: 1, runs: [{ run_id }] });
    const at = new Date().toISOString();
    await recordApproval(db, run_id, { survey_hash: 'h', by: 'ann', at, held_run: run_id, approved_run: null });
    expect(await undecidedRuns(db, 5)).toEqual({ count: 0, runs: [] });
  });

  test('rows of a collection are kept by day, the last count of a day', async () => {
    const { db } = database;
    await putCollectionDay(db, 'documents', 10);
    await putCollectionDay(db, 'documents', 12);
    expect(await collectionDays(db, 30)).toMatchObject([{ collection: 'documents', rows: 12 }]);
  });

  test('none of them scans the runs, however many there are', async () => {
    const { db } = database;
    await sql`insert into coppice.runs (run_id, workflow_id, namespace, job, kind, status, parameters, totals, started_at, finished_at)
      select 'many-' || n, 'w-' || n, 'default', 'health-check', 'task', 'success', '{}', '{}', now(), now()
      from generate_series(1, 20000) n`.execute(db);
    await sql`analyze coppice.runs`.execute(db);
    const plans: string[] = [];
    const explaining = db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => result,
    });
    // The statements as they are sent, explained.
    const executor = explaining.getExecutor();
    const original = executor.executeQuery.bind(executor);
    const scans = async (statement: { sql: string; parameters: readonly unknown[] }) => {
      const client = await database.connect();
      const { rows } = await client.query(`explain ${statement.sql}`, [...statement.parameters]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    executor.executeQuery = async (query, ...rest) => {
      plans.push(await scans(query));
      return original(query, ...rest);
    };
    await undecidedRuns(explaining, 20);
    await countsOfWork(explaining);
    await changesWithin(explaining, 24);
    await changesByDay(explaining, 14);
    await lastSurveys(explaining, ['ttl-cleanup', 'memory-decay', 'health-check']);
    expect(plans.length).toBeGreaterThanOrEqual(8);
    expect(plans.filter((plan) => /Seq Scan on runs/.test(plan))).toEqual([]);
  });
});
