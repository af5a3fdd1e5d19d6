import { type Kysely, sql } from 'kysely';

/**
 * Items of runs that an earlier release began and that are open or held. The first release did not keep where a row stood:
 * without it a batch finds the row by its id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ name: string }>`select c.relname as name from pg_class c
    where c.relnamespace = 'coppice'::regnamespace and c.relkind = 'r' and c.relname ~ '^items_[0-9]+_'
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tid')`.execute(db);
  for (const { name } of rows) await sql`alter table ${sql.id('coppice', name)} add column tid tid`.execute(db);
}
