import { type Kysely, sql } from 'kysely';

/** One action on many dead letters or schedules: how far it is, and where it failed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table coppice.bulk_actions (
    id text primary key,
    action text not null,
    ids text[] not null,
    requested_by text not null,
    reason text,
    done integer not null default 0,
    failed jsonb not null default '[]',
    started_at timestamptz not null default now(),
    worked_at timestamptz not null default now(),
    finished_at timestamptz
  )`.execute(db);
  await sql`create index bulk_actions_started_at on coppice.bulk_actions (started_at)`.execute(db);
}
