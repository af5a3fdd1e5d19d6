import { type Kysely, sql } from 'kysely';

/** Everything the sweep needs. Hot tables are narrow; what grows is indexed by how it is read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table coppice.installation (
       id text primary key,
       created_at timestamptz not null default now()
     )`,
    'create unique index installation_single on coppice.installation ((true))',
    `create table coppice.runs (
       no bigint generated always as identity unique,
       run_id text primary key,
       workflow_id text not null,
       namespace text not null,
       job text not null,
       kind text not null,
       status text not null,
       parameters jsonb not null,
       requested_by text,
       asked_at timestamptz not null default now(),
       started_at timestamptz,
       finished_at timestamptz,
       cutoff timestamptz,
       fingerprint text,
       survey jsonb,
       totals jsonb not null default '{}',
       approval jsonb,
       undoes text,
       holder jsonb,
       error jsonb
     )`,
    'create index runs_asked_at on coppice.runs (asked_at desc)',
    'create index runs_workflow_id on coppice.runs (workflow_id)',
    `create table coppice.run_partitions (
       run_no bigint not null references coppice.runs (no) on delete cascade,
       no integer not null,
       collection text not null,
       partition text not null,
       rows bigint not null,
       due bigint not null,
       state text not null default 'waiting',
       after text,
       progress integer not null default 0,
       crashes integer not null default 0,
       totals jsonb not null default '{}',
       removed bigint not null default 0,
       refused jsonb not null default '[]',
       started_at timestamptz,
       finished_at timestamptz,
       primary key (run_no, no)
     )`,
    `create table coppice.leases (
       name text primary key,
       generation bigint not null,
       run_id text,
       workflow_id text,
       namespace text,
       acquired_at timestamptz
     )`,
    `create table coppice.partition_locks (
       key text primary key,
       collection text not null,
       partition text not null,
       epoch bigint not null,
       run_id text,
       workflow_id text,
       namespace text,
       updated_at timestamptz not null default now()
     )`,
    `create table coppice.dead_letters (
       id text primary key default gen_random_uuid()::text,
       job text not null,
       key text not null,
       collection text not null,
       partition text not null,
       run_id text not null,
       attempts integer not null,
       error jsonb not null,
       parameters jsonb not null,
       first_at timestamptz not null default now(),
       last_at timestamptz not null default now(),
       unique (job, key)
     )`,
    `create table coppice.holds (
       collection text not null,
       row_id text not null,
       partition text not null,
       dates text not null,
       run_id text not null,
       created_at timestamptz not null default now(),
       primary key (collection, row_id)
     )`,
    `create table coppice.ledger_tables (
       name text primary key,
       collection text not null,
       part text not null,
       columns jsonb not null,
       created_at timestamptz not null default now()
     )`,
    `create table coppice.ledger_vectors (
       run_no bigint not null,
       day date not null,
       collection text not null,
       part_no integer not null,
       row_id text not null,
       vector_id text not null,
       properties jsonb not null,
       vectors jsonb not null,
       revision text
     )`,
    'create index ledger_vectors_row on coppice.ledger_vectors (run_no, part_no, row_id)',
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
