import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';

/** Whole rows as text, vectors included, by an expression that says whose they are. */
export async function rowsBy(db: Db, table: string, owner: string): Promise<Record<string, string[]>> {
  const { rows } = await sql<{ owner: string | null; whole: string }>`
    select ${sql.raw(owner)} as owner, t::text as whole from ${sql.table(table)} t order by t::text collate "C"`.execute(
    db,
  );
  const found = Map.groupBy(rows, (one) => one.owner ?? '');
  return Object.fromEntries([...found].map(([name, own]) => [name, own.map((one) => one.whole)]));
}
