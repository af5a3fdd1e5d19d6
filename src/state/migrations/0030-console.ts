import { type Kysely, sql } from 'kysely';

/**
 * Data of the console: whether a token shows content, counts of changes by hour, and rows of collections by day. A trigger
 * adds up a run once, when it ends: batches of running runs would otherwise wait for one another on the row of the hour.
 * The function runs with the rights of the tables' owner, because the role of an older worker has no grants on new tables.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const counted = (runs: string) => `
  insert into coppice.change_counts as c (hour, collection, job, name, count)
  select date_trunc('hour', r.finished_at, 'UTC'), p.collection, r.job, t.key, sum(t.value::bigint)
  from ${runs} r join coppice.run_partitions p on p.run_no = r.no, jsonb_each_text(p.totals) t
  where r.finished_at is not null group by 1, 2, 3, 4 having sum(t.value::bigint) <> 0 order by 1, 2, 3, 4
  on conflict (hour, collection, job, name) do update set count = c.count + excluded.count`;

const statements = [
  'alter table coppice.tokens add column content boolean not null default false',
  `create table coppice.change_counts (
     hour timestamptz not null,
     collection text not null,
     job text not null,
     name text not null,
     count bigint not null,
     primary key (hour, collection, job, name)
   )`,
  `create table coppice.collection_days (
     collection text not null,
     day date not null,
     rows bigint not null,
     primary key (collection, day)
   )`,
  `create index runs_undecided on coppice.runs (no desc) where status = 'held' and approval is null`,
  `create index proposals_proposed on coppice.proposals (id) where state = 'proposed'`,
  'create index runs_surveyed on coppice.runs (job, no desc) where survey is not null',
  `create function coppice.count_changes() returns trigger
   language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
   begin
     ${counted('(select new.no as no, new.job as job, new.finished_at as finished_at)')};
     return null;
   end $$`,
  `create trigger count_changes after update of finished_at on coppice.runs for each row
   when (old.finished_at is null and new.finished_at is not null) execute function coppice.count_changes()`,
  counted(`(select no, job, finished_at from coppice.runs where finished_at > now() - interval '31 days')`),
];
