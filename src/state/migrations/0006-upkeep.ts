import { type Kysely, sql } from 'kysely';

/** Alerts with their history, what upkeep has measured, and places in the queue of runs that are being started. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table coppice.alerts (
       id text primary key default gen_random_uuid()::text,
       rule text not null,
       subject text not null,
       message text not null,
       fired_at timestamptz not null default now(),
       seen_at timestamptz not null default now(),
       resolved_at timestamptz,
       firing_sent_at timestamptz,
       resolved_sent_at timestamptz
     )`,
    'create unique index alerts_open on coppice.alerts (rule, subject) where resolved_at is null',
    'create index alerts_fired_at on coppice.alerts (fired_at desc)',
    `create table coppice.measurements (
       name text primary key,
       value jsonb not null,
       measured_at timestamptz not null default now()
     )`,
    `create table coppice.starts (
       id text primary key,
       asked_at timestamptz not null default now()
     )`,
    "create index runs_pending on coppice.runs (asked_at) where status = 'pending'",
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
