import { type Kysely, sql } from 'kysely';

/**
 * Workers, counts of runs that are kept as runs change, and the indexes that lists of runs and groups are read by: the
 * cost of an answer does not grow with the tables. Triggers keep the counts, because workers of an older release write
 * runs too while an installation is upgraded. The functions run with the rights of the tables' owner, because the role
 * of such a worker has no grants on the new tables.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...tables, ...groups, ...indexes, ...triggers, ...backfill])
    await sql.raw(statement).execute(db);
}

const tables = [
  `create table coppice.run_counts (
     job text not null,
     kind text not null,
     status text not null,
     runs bigint not null,
     timed_runs bigint not null,
     duration_us bigint not null,
     primary key (job, kind, status)
   )`,
  `create table coppice.run_totals (
     job text not null,
     name text not null,
     runs bigint not null,
     total bigint not null,
     primary key (job, name)
   )`,
  // Temporal remembers for minutes who polled: whether a worker still lives is told by the worker.
  `create table coppice.workers (
     identity text primary key,
     seen_at timestamptz not null default now(),
     stopped_at timestamptz
   )`,
];

/** Since when a group waits for a recompute. For a group that waits already, the wait is counted from the upgrade. */
const groups = [
  'alter table coppice.graph_groups add column recompute_since timestamptz default now()',
  'update coppice.graph_groups set recompute_since = null where not needs_recompute',
  `create function coppice.note_recompute() returns trigger language plpgsql as $$
   begin
     new.recompute_since := case when new.needs_recompute then now() end;
     return new;
   end $$`,
  `create trigger note_recompute before update of needs_recompute on coppice.graph_groups for each row
   when (old.needs_recompute is distinct from new.needs_recompute) execute function coppice.note_recompute()`,
];

const indexes = [
  'create index runs_job on coppice.runs (job, no desc)',
  'create index runs_status on coppice.runs (status, no desc)',
  'create index runs_job_status on coppice.runs (job, status, no desc)',
  'create index runs_finished on coppice.runs (job, status, finished_at)',
  `create index runs_last_start on coppice.runs (job, (coalesce(started_at, asked_at)))
     where kind not in ('preview', 'undo')`,
  `create index runs_measured on coppice.runs (job, no desc)
     where kind not in ('preview', 'undo') and finished_at is not null and worked_ms is not null`,
  // All runs but the successes of the job that runs every few minutes: the list that nobody has narrowed.
  `create index runs_listed on coppice.runs (no desc)
     where job <> 'health-check' or status not in ('success', 'pending', 'running')`,
  // An id may be longer than an index can hold.
  'create index graph_groups_listed on coppice.graph_groups (graph, left(group_id, 256) collate "C")',
  `create index graph_groups_listed_stale on coppice.graph_groups (graph, left(group_id, 256) collate "C")
     where stale_since is not null or needs_recompute`,
];

const added = 'select job, kind, status, started_at, finished_at, totals, 1 as sign from';
const removed = 'select job, kind, status, started_at, finished_at, totals, -1 as sign from';
const durationUs = '(extract(epoch from finished_at - started_at) * 1000000)::bigint';

/** Rows are locked in the order of their keys, so that no two statements wait for each other. */
const count = (runs: string) => [
  `insert into coppice.run_counts as c (job, kind, status, runs, timed_runs, duration_us)
   select job, kind, status, sum(sign), coalesce(sum(sign) filter (where ${durationUs} is not null), 0),
     coalesce(sum(sign * ${durationUs}), 0)
   from (${runs}) r group by job, kind, status
   having sum(sign) <> 0 or coalesce(sum(sign * ${durationUs}), 0) <> 0
     or coalesce(sum(sign) filter (where ${durationUs} is not null), 0) <> 0
   order by job, kind, status
   on conflict (job, kind, status) do update set runs = c.runs + excluded.runs,
     timed_runs = c.timed_runs + excluded.timed_runs, duration_us = c.duration_us + excluded.duration_us`,
  `insert into coppice.run_totals as t (job, name, runs, total)
   select job, key, sum(sign), sum(sign * value::bigint)
   from (${runs}) r, jsonb_each_text(totals) group by job, key
   having sum(sign) <> 0 or sum(sign * value::bigint) <> 0
   order by job, key
   on conflict (job, name) do update set runs = t.runs + excluded.runs, total = t.total + excluded.total`,
];

const trigger = (event: string, tablesOfRows: string, runs: string) => [
  `create function coppice.count_runs_on_${event}() returns trigger
   language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
   begin
     ${count(runs).join(';\n')};
     return null;
   end $$`,
  `create trigger count_runs_on_${event} after ${event} on coppice.runs ${tablesOfRows}
   for each statement execute function coppice.count_runs_on_${event}()`,
];

const triggers = [
  ...trigger('insert', 'referencing new table as new_runs', `${added} new_runs`),
  ...trigger('delete', 'referencing old table as old_runs', `${removed} old_runs`),
  ...trigger(
    'update',
    'referencing old table as old_runs new table as new_runs',
    `${removed} old_runs union all ${added} new_runs`,
  ),
];

/** In the same transaction as the triggers: to create these locks the table against other writers until the commit. */
const backfill = count(`${added} coppice.runs`);
