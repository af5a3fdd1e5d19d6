import { sql } from 'kysely';
import type { Db } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';

const kinds: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

/**
 * Returns the kind of relation under a table's name where it is no table: rows cannot be locked in it, and a ledger
 * cannot be like it.
 */
export async function kindOfRelation(db: Db, table: TableName): Promise<string | null> {
  const { rows } = await sql<{ kind: string }>`
    select c.relkind::text as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${table.schema} and c.relname = ${table.name}`.execute(db);
  return kinds[rows[0]?.kind ?? ''] ?? null;
}
