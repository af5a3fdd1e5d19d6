import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { RunStatus } from '../../domain/run.ts';
import type { PartitionSums } from './run-partitions.ts';
import { type ListedRun, listedColumns, type Run } from './runs.ts';
import { isSeen, type Seen } from './seen.ts';

export interface RunFilter {
  readonly job: string | null;
  /** Any of these; `null`: all. */
  readonly statuses: readonly RunStatus[] | null;
  /** Jobs whose successes are left out. */
  readonly routine: readonly string[];
  /** Only runs that were asked for at this time or later. */
  readonly since: Date | null;
  /** Only runs that were asked for before the one with this number. */
  readonly before: number | null;
  readonly limit: number;
  readonly seen: Seen;
  /** Whose own runs are seen too, before they have any partition. */
  readonly requestedBy: string;
}

/** Runs, the latest first. With `seen`, those that have a partition that may be seen. */
export function pageOfRuns(db: Db, filter: RunFilter): Promise<ListedRun[]> {
  let query = db.selectFrom('coppice.runs').select(listedColumns).orderBy('no', 'desc').limit(filter.limit);
  if (filter.job !== null) query = query.where('job', '=', filter.job);
  if (filter.statuses !== null) query = query.where('status', 'in', [...filter.statuses]);
  if (filter.routine.length > 0) {
    query = query.where((where) =>
      where.or([
        where('job', 'not in', [...filter.routine]),
        where('status', 'not in', ['success', 'pending', 'running']),
      ]),
    );
  }
  if (filter.since !== null) query = query.where('asked_at', '>=', filter.since);
  if (filter.before !== null) query = query.where('no', '<', filter.before);
  if (filter.seen !== null) query = query.where(isRunSeen(filter.seen, filter.requestedBy));
  return query.execute();
}

/** Whether the row of `coppice.runs` at hand may be seen. */
export function isRunSeen(seen: Seen, requestedBy: string): RawBuilder<boolean> {
  if (seen === null) return sql<boolean>`true`;
  return sql<boolean>`(coppice.runs.requested_by = ${requestedBy} or exists (select from coppice.run_partitions p
    where p.run_no = coppice.runs.no and ${isSeen(seen, sql`coppice.runs.job`, sql`p.partition`)}))`;
}

export async function mayBeSeen(db: Db, no: number, seen: Seen, requestedBy: string): Promise<boolean> {
  const query = db.selectFrom('coppice.runs').select('no').where('no', '=', no).where(isRunSeen(seen, requestedBy));
  return (await query.executeTakeFirst()) !== undefined;
}

/** Sums over the visible partitions of several runs, in one statement and with one row for each run. */
export async function sumsOfRuns(
  db: Db,
  runs: readonly ListedRun[],
  seen: Seen,
): Promise<ReadonlyMap<number, PartitionSums>> {
  const numbers = runs.map((run) => run.no);
  const { rows } = await sql<PartitionSums & { no: number }>`
    with own as materialized (
      select p.run_no, p.state, p.totals from coppice.run_partitions p join coppice.runs r on r.no = p.run_no
      where p.run_no = any(${numbers}::int8[]) and ${isSeen(seen, sql`r.job`, sql`p.partition`)}
    ), states as (
      select run_no, jsonb_object_agg(state, count) as states
      from (select run_no, state, count(*) as count from own group by run_no, state) s group by run_no
    ), totals as (
      select run_no, jsonb_object_agg(name, sum) as totals
      from (select run_no, t.key as name, sum(t.value::int8) as sum from own, jsonb_each_text(totals) t group by run_no, t.key) t
      group by run_no
    )
    select run_no as no, states, coalesce(totals, '{}') as totals from states left join totals using (run_no)`.execute(
    db,
  );
  return new Map(rows.map(({ no, ...sums }) => [no, sums]));
}

/** The open run that puts the given one back. An index finds the open runs of the job. */
export async function openUndoOf(db: Db, { job, run_id, workflow_id }: Run): Promise<string | null> {
  const undo = await db
    .selectFrom('coppice.runs')
    .select('run_id')
    .where('job', '=', job)
    .where('status', 'in', ['pending', 'running'])
    .where('undoes', 'in', [run_id, workflow_id])
    .orderBy('no', 'desc')
    .executeTakeFirst();
  return undo?.run_id ?? null;
}
