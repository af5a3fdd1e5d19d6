import { type Kysely, sql } from 'kysely';

/** Identity of the database of the installation, so that a copy of the database is recognised. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.installation add column system_identifier text, add column database_oid bigint,
    add column adopted_at timestamptz`.execute(db);
}
