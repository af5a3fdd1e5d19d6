import { type Kysely, sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { Db } from '../../src/database/schema.ts';
import { up as runCounts } from '../../src/state/migrations/0012-run-counts.ts';
import { up as configurationOfWorkers } from '../../src/state/migrations/0036-configuration-of-workers.ts';
import { measureState } from '../../src/state/monitoring/measure.ts';
import { statsOfRuns } from '../../src/state/runs/run-stats.ts';
import { setRunTotals } from '../../src/state/runs/run-totals.ts';
import { addUsage } from '../../src/state/runs/run-usage.ts';
import { askRun, beginRun, endRun, rejectRun } from '../../src/state/runs/runs.ts';
import { describeOnDatabase } from '../support/stores.ts';

/** Expected counts, from the runs themselves. */
async function plainly(db: Db) {
  const stats = await sql`
    with own as (select * from coppice.runs where kind not in ('preview', 'undo')),
    ended as (select job, max(no) filter (where status = 'success') as last_success from own group by job)
    select own.job, count(*)::int8 as executions,
      count(*) filter (where status = 'success')::int8 as succeeded,
      count(*) filter (where status in ('failed', 'partial'))::int8 as failed,
      count(*) filter (where status = 'running')::int8 as running,
      count(*) filter (where status = 'pending')::int8 as pending,
      (avg(extract(epoch from finished_at - started_at)) filter (where status in ('success', 'failed', 'partial'))
        * 1000)::float8 as mean_duration_ms,
      count(*) filter (where status in ('failed', 'partial') and no > coalesce(ended.last_success, 0))::int8
        as consecutive_failures,
      max(coalesce(started_at, asked_at)) as last_run_at,
      max(finished_at) filter (where status = 'success') as last_success_at,
      max(finished_at) filter (where status in ('failed', 'partial')) as last_failure_at,
      (array_agg(jsonb_build_object('peak_memory_bytes', peak_memory_bytes, 'cpu_ms', cpu_ms, 'worked_ms', worked_ms)
        order by no desc) filter (where finished_at is not null and worked_ms is not null))[1] as last_usage
    from own join ended on ended.job = own.job group by own.job order by own.job`.execute(db);
  const runs = await sql`select job, kind, status, count(*)::int8 as count from coppice.runs
    group by job, kind, status`.execute(db);
  const totals = await sql`select r.job, t.key as name, sum(t.value::int8)::int8 as sum
    from coppice.runs r, jsonb_each_text(r.totals) t group by r.job, t.key`.execute(db);
  const lastSuccess = await sql`select job, max(finished_at) as at from coppice.runs
    where status = 'success' and kind not in ('preview', 'undo') group by job`.execute(db);
  return { stats: stats.rows, ...sorted({ runs: runs.rows, totals: totals.rows, lastSuccess: lastSuccess.rows }) };
}

function sorted<T extends Record<string, readonly unknown[]>>(lists: T) {
  const text = (one: unknown) => JSON.stringify(one);
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.toSorted((a, b) => (text(a) < text(b) ? -1 : 1))]),
  );
}

async function counted(db: Db) {
  const { runs, totals, lastSuccess } = await measureState(db);
  return { stats: await statsOfRuns(db, null, 'nobody'), ...sorted({ runs, totals, lastSuccess }) };
}

async function expectAgreement(db: Db): Promise<void> {
  const [kept, plain] = [await counted(db), await plainly(db)];
  expect(JSON.parse(JSON.stringify(kept, toMicroseconds))).toEqual(JSON.parse(JSON.stringify(plain, toMicroseconds)));
}

/** A mean is one division of whole microseconds, or many additions of fractions: the last digits differ. */
function toMicroseconds(key: string, value: unknown): unknown {
  return key === 'mean_duration_ms' && typeof value === 'number' ? value.toFixed(3) : value;
}

const jobs = ['health-check', 'ttl-cleanup', 'upkeep'];
const kinds = ['sweep', 'task', 'preview', 'undo'] as const;
const ends = ['success', 'success', 'failed', 'partial', 'held', 'skipped', 'cancelled'] as const;

/** Runs at every stage of their life, written as workers write them; the same ones each time. */
async function live(db: Db, count: number, prefix: string): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const runId = `${prefix}-${at}`;
    const run = {
      ...{ runId, workflowId: `w-${runId}`, namespace: 'default', job: jobs[at % 3] ?? '' },
      ...{ kind: kinds[(at * 7) % 4] ?? 'sweep', parameters: {}, requestedBy: null, undoes: null },
    };
    await askRun(db, run);
    if (at % 11 === 10) continue;
    const { no } = await beginRun(db, { ...run, ledger: true });
    await db.transaction().execute((tx) => setRunTotals(tx, no, { deleted_documents: at, failed_looks: 0 }));
    if (at % 7 === 6) continue;
    if (at % 2 === 0) await addUsage(db, runId, { peak_memory_bytes: at, cpu_ms: at, worked_ms: 1 });
    await endRun(db, runId, { status: ends[(at * 5) % 7] ?? 'success' });
    if (at % 3 === 0) await rejectRun(db, runId, { by: 'ops', reason: null });
  }
}

for (const name of ['native', 'embedded'] as const) {
  describeOnDatabase(name, 'counts of runs', (database) => {
    beforeEach(async () => {
      await sql`delete from coppice.runs`.execute(database.db);
    });

    test('are what a count of the runs comes to, at every stage of runs and after old ones were deleted', async () => {
      const { db } = database;
      await expectAgreement(db);
      await live(db, 60, 'first');
      await expectAgreement(db);
      await sql`delete from coppice.runs where no % 3 = 0`.execute(db);
      await expectAgreement(db);
      await sql`update coppice.runs set finished_at = finished_at + interval '5 seconds'`.execute(db);
      await expectAgreement(db);
      await sql`delete from coppice.runs where status = 'success'`.execute(db);
      await expectAgreement(db);
      await live(db, 20, 'second');
      await expectAgreement(db);
    });

    test('are right for runs that were there before the counts', async () => {
      const { db } = database;
      await sql
        .raw(`drop function coppice.count_runs_on_insert, coppice.count_runs_on_update,
        coppice.count_runs_on_delete, coppice.note_recompute cascade`)
        .execute(db);
      await sql.raw('drop table coppice.run_counts, coppice.run_totals, coppice.workers').execute(db);
      await sql.raw('alter table coppice.graph_groups drop column recompute_since').execute(db);
      const { rows } = await sql<{ name: string }>`select indexname as name from pg_indexes where schemaname = 'coppice'
        and indexname in ('runs_job', 'runs_status', 'runs_job_status', 'runs_finished', 'runs_last_start',
          'runs_measured', 'runs_listed', 'graph_groups_listed', 'graph_groups_listed_stale')`.execute(db);
      for (const index of rows) await sql`drop index ${sql.id('coppice', index.name)}`.execute(db);
      await live(db, 40, 'before');
      await runCounts(db as unknown as Kysely<unknown>);
      await configurationOfWorkers(db as unknown as Kysely<unknown>);
      await expectAgreement(db);
      await live(db, 20, 'after');
      await expectAgreement(db);
    });

    test('of runs that end at the same time are all kept', async () => {
      const { db } = database;
      await Promise.all([1, 2, 3, 4].map((one) => live(database.pool(), 15, `client-${one}`)));
      await expectAgreement(db);
    });
  });
}
