import { sql } from 'kysely';
import type { Tx } from '../../../database/schema.ts';

/** A table of the application as the catalogue tells of it. */
export interface LiveTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Columns of the primary key; none where the table has no such key. */
  readonly key: readonly string[];
  /** As of the last ANALYZE; `null` before the first. */
  readonly rowsEstimate: number | null;
  /** Whether this role may read rows, or some columns of them. */
  readonly readable: boolean;
}

/** Every table but the server's and Coppice's own, whoever owns it. Reads the catalogue only. */
export async function liveTables(tx: Tx): Promise<LiveTable[]> {
  const { rows } = await sql<LiveTable>`
    select n.nspname as schema, c.relname as name, nullif(c.reltuples, -1)::float8 as "rowsEstimate",
      has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select') as readable,
      coalesce((select jsonb_agg(a.attname order by key.at) from pg_index i
        cross join unnest(i.indkey::int2[]) with ordinality key (no, at)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = key.no
        where i.indrelid = c.oid and i.indisprimary and key.at <= i.indnkeyatts), '[]') as key,
      (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition
      and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'coppice')
    order by n.nspname, c.relname`.execute(tx);
  return rows.map((row) => ({ ...row, columns: row.columns ?? [] }));
}

/** The column's type, or `null` where there is no such column. */
export function typeOf(table: LiveTable, column: string): string | null {
  return table.columns.find((one) => one.name === column)?.type ?? null;
}

/** pgvector's types, wherever the extension is installed. */
export function isVector(type: string | null): boolean {
  return type !== null && /^(.*\.)?(vector|halfvec|sparsevec)$/.test(type);
}

export function isJson(type: string | null): boolean {
  return type === 'json' || type === 'jsonb';
}
