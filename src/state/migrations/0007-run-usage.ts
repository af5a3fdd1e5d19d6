import { type Kysely, sql } from 'kysely';

/** Memory and CPU that workers used for a run; null where none was measured. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table coppice.runs
    add column peak_memory_bytes bigint, add column cpu_ms bigint, add column worked_ms bigint`.execute(db);
}
