import { type Kysely, sql } from 'kysely';

/** Which database the installation lives in, so that a copy of it is known for one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.installation add column system_identifier text, add column database_oid bigint,
    add column adopted_at timestamptz`.execute(db);
}
