import { type Kysely, sql } from 'kysely';

/** Runs may remove without keeping: such a run cannot be undone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.runs add column ledger boolean not null default true`.execute(db);
}
