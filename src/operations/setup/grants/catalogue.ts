import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';

/** What stands in the database already. */
export interface LiveCatalogue {
  readonly database: string;
  readonly user: string;
  readonly extension: boolean;
  /** Owner of each schema that exists. */
  readonly schemas: ReadonlyMap<string, string>;
  readonly roles: ReadonlySet<string>;
  /** Coppice's own tables but the runs' items, as SQL. */
  readonly ownTables: readonly string[];
  /** The same without the ledger, which holds documents. */
  readonly readableTables: readonly string[];
}

export async function readCatalogue(db: Db): Promise<LiveCatalogue> {
  const one = await sql<{ database: string; user: string; extension: boolean }>`
    select current_database() as database, current_user as user,
      exists (select from pg_extension where extname = 'vector') as extension`.execute(db);
  const schemas = await sql<{ name: string; owner: string }>`
    select nspname as name, pg_get_userbyid(nspowner) as owner from pg_namespace`.execute(db);
  const roles = await sql<{ name: string }>`select rolname as name from pg_roles`.execute(db);
  const own = await sql<{ name: string; ledger: boolean }>`
    select format('coppice.%I', relname) as name, relname like 'ledger\\_%' and relname <> 'ledger_tables' as ledger
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'coppice' and relkind in ('r', 'p') and relname !~ '^items_[0-9]+_' order by relname`.execute(db);
  return {
    database: one.rows[0]?.database ?? '',
    user: one.rows[0]?.user ?? '',
    extension: one.rows[0]?.extension ?? false,
    schemas: new Map(schemas.rows.map(({ name, owner }) => [name, owner])),
    roles: new Set(roles.rows.map(({ name }) => name)),
    ownTables: own.rows.map(({ name }) => name),
    readableTables: own.rows.filter(({ ledger }) => !ledger).map(({ name }) => name),
  };
}

export async function tableExists(db: Db, table: TableName): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass(${quoted(table)}) is not null as exists`.execute(db);
  return rows[0]?.exists ?? false;
}
