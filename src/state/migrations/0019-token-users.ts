import { type Kysely, sql } from 'kysely';

/** Tokens can be limited to users and entities, beside workspaces and groups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.tokens add column users text[], add column entities text[]`.execute(db);
}
