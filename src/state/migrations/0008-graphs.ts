import { type Kysely, sql } from 'kysely';

/** The registry of groups, and what collectors have removed from graphs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table coppice.graph_groups (
       key text primary key,
       graph text not null,
       group_id text not null,
       version bigint not null default 1,
       stale_since timestamptz,
       stale_reason text,
       needs_recompute boolean not null default true,
       tally text,
       items bigint not null default 0,
       collected_at timestamptz,
       recomputed_at timestamptz,
       results_hash text,
       communities bigint,
       failures integer not null default 0,
       last_error text,
       added_at timestamptz not null default now()
     )`,
    'create index graph_groups_stale on coppice.graph_groups (graph, stale_since) where stale_since is not null',
    `create table coppice.ledger_graph (
       run_no bigint not null,
       day date not null,
       graph text not null,
       part_no integer not null,
       kind text not null,
       item_id text not null,
       content jsonb not null,
       dates text not null,
       state text,
       refused bigint
     )`,
    'create index ledger_graph_place on coppice.ledger_graph (run_no, part_no)',
    "create index ledger_graph_intents on coppice.ledger_graph (run_no, part_no) where state = 'intent'",
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
