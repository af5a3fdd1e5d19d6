import { type Kysely, sql } from 'kysely';

/** Totals of the work on each group, for counters that must not fall when old runs are dropped. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.graph_groups
    add column orphans_cleaned bigint not null default 0,
    add column recomputes bigint not null default 0`.execute(db);
}
