import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { kindOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';

/** Objects that exist in the database. */
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

/** Sequences that number rows which a job adds: profiles are the only rows of an application that a job adds. */
export async function numberingSequences(db: Db, collections: readonly CollectionMapping[]): Promise<TableName[]> {
  const profiles = collections.filter((mapping) => kindOf(mapping) === 'attributes');
  const found = await Promise.all(profiles.map((mapping) => sequencesOf(db, mapping.table, idColumns(mapping))));
  return found.flat();
}

/** Sequences from which the defaults of these columns take their values. Those of identity columns need no privilege. */
async function sequencesOf(db: Db, table: TableName, columns: readonly string[]): Promise<TableName[]> {
  const { rows } = await sql<TableName>`
    select distinct n.nspname as schema, s.relname as name
    from pg_attribute a join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
      join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
      join pg_class s on s.oid = d.refobjid and s.relkind = 'S' join pg_namespace n on n.oid = s.relnamespace
    where a.attrelid = to_regclass(${quoted(table)}) and a.attidentity = '' and a.attname = any(${[...columns]}::text[])
    order by 1, 2`.execute(db);
  return rows;
}

export async function tableExists(db: Db, table: TableName): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass(${quoted(table)}) is not null as exists`.execute(db);
  return rows[0]?.exists ?? false;
}
