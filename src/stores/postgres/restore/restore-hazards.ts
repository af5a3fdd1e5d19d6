import { type RawBuilder, sql } from 'kysely';
import { quoted, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';

/** Something about a table that keeps rows from being inserted again as they were, though nobody changes anything. */
export interface RestoreHazard {
  readonly kind: 'not_valid' | 'invalid_index' | 'check_reads_rows' | 'insert_filter';
  readonly name: string;
  readonly on: string;
}

/**
 * Returns the objects that would make an undo refuse rows that existed before. Unique and exclusion constraints do not:
 * rows that were accepted once are accepted again. Reads the catalogue, and the table only where it has a constraint
 * that is not valid.
 */
export async function restoreHazards(db: Db, table: TableName): Promise<RestoreHazard[]> {
  return [...(await fromCatalogue(db, table)), ...(await notValid(db, table)), ...(await invalidIndexes(db, table))];
}

function partsOf(table: TableName): RawBuilder<unknown> {
  return sql`part as (
    select to_regclass(${quoted(table)})::oid as oid union select relid from pg_partition_tree(to_regclass(${quoted(table)}))
  )`;
}

/** A function that selects from a table; without parsing it, by its words. */
const readsTables = String.raw`(\m(select|perform)\M.*\mfrom\M)|\mexecute\M`;

/** The function of a check may read other rows, which an undo has not restored yet; a trigger may drop a row. */
async function fromCatalogue(db: Db, table: TableName): Promise<RestoreHazard[]> {
  const name = `${table.schema}.${table.name}`;
  const { rows } = await sql<RestoreHazard>`
    with ${partsOf(table)}
    select distinct 'check_reads_rows' as kind, k.conname as name, ${name} as on
    from pg_constraint k join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = k.oid
        and d.refclassid = 'pg_proc'::regclass
      join pg_proc p on p.oid = d.refobjid
    where k.contype = 'c' and k.conrelid in (select oid from part) and (p.prosrc ~* ${sql.lit(readsTables)}
      or exists (select from pg_depend r where r.classid = 'pg_proc'::regclass and r.objid = p.oid
        and r.refclassid = 'pg_class'::regclass))
    union all
    select distinct 'insert_filter', g.tgname, ${name}
    from pg_trigger g join pg_proc p on p.oid = g.tgfoid
    where g.tgrelid in (select oid from part) and not g.tgisinternal and g.tgenabled in ('O', 'A')
      and g.tgtype & 7 = 7 and p.prosrc ~* ${sql.lit(String.raw`\mreturn\s+null\M`)}
    order by 1, 2`.execute(db);
  return rows;
}

interface NotValid {
  readonly name: string;
  /** The condition of a check; `null`: a foreign key. */
  readonly condition: string | null;
  readonly columns: readonly string[];
  readonly to: TableName | null;
  readonly referenced: readonly string[] | null;
}

/** Constraints that were added without a look at the rows of before, where some of those break them. */
async function notValid(db: Db, table: TableName): Promise<RestoreHazard[]> {
  const { rows } = await sql<NotValid>`
    with ${partsOf(table)}
    select k.conname as name, pg_get_expr(k.conbin, k.conrelid) as condition,
      (select jsonb_agg(a.attname order by key.at) from unnest(k.conkey) with ordinality key (no, at)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.no) as columns,
      case when c.oid is not null then jsonb_build_object('schema', n.nspname, 'name', c.relname) end as to,
      (select jsonb_agg(a.attname order by key.at) from unnest(k.confkey) with ordinality key (no, at)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.no) as referenced
    from pg_constraint k left join pg_class c on c.oid = k.confrelid left join pg_namespace n on n.oid = c.relnamespace
    where k.conrelid in (select oid from part) and not k.convalidated and k.contype in ('c', 'f') and k.conparentid = 0
      and has_table_privilege(to_regclass(${quoted(table)}), 'select')
      and (c.oid is null or has_table_privilege(c.oid, 'select'))
    order by 1`.execute(db);
  const hazards: RestoreHazard[] = [];
  for (const constraint of rows) {
    const broken = await exists(db, sql`select from ${tableRef(table)} s where ${breaks(constraint)}`);
    if (broken) hazards.push({ kind: 'not_valid', name: constraint.name, on: `${table.schema}.${table.name}` });
  }
  return hazards;
}

function breaks({ condition, columns, to, referenced }: NotValid): RawBuilder<boolean> {
  // As the catalogue prints it, with columns of the only table of the statement.
  if (condition !== null) return sql`not (${sql.raw(condition)})`;
  if (to === null || referenced === null) return sql`false`;
  const given = columns.map((column) => sql`${sql.id('s', column)} is not null`);
  const same = columns.map((column, at) => sql`${sql.id('s', column)} = ${sql.id('r', referenced[at] ?? column)}`);
  return sql`${sql.join(given, sql` and `)} and not exists (
    select from ${tableRef(to)} r where ${sql.join(same, sql` and `)})`;
}

/** A unique index whose creation failed is enforced for inserts, while the table holds rows that break it. */
async function invalidIndexes(db: Db, table: TableName): Promise<RestoreHazard[]> {
  const { rows } = await sql<{ name: string; columns: string[]; predicate: string | null }>`
    with ${partsOf(table)}
    select c.relname as name, pg_get_expr(i.indpred, i.indrelid) as predicate,
      (select jsonb_agg(pg_get_indexdef(i.indexrelid, no, true) order by no) from generate_series(1, i.indnkeyatts) no) as columns
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid in (select oid from part) and i.indisunique and not i.indisvalid and i.indisready
      and c.relkind = 'i' and has_table_privilege(to_regclass(${quoted(table)}), 'select')
    order by 1`.execute(db);
  const hazards: RestoreHazard[] = [];
  for (const { name, columns, predicate } of rows) {
    const keys = columns.map((column) => sql`(${sql.raw(column)})`);
    const twice = sql`select from ${tableRef(table)} s where ${predicate === null ? sql`true` : sql.raw(predicate)}
      and (${sql.join(keys)}) is not null group by ${sql.join(keys)} having count(*) > 1`;
    if (await exists(db, twice)) hazards.push({ kind: 'invalid_index', name, on: `${table.schema}.${table.name}` });
  }
  return hazards;
}

async function exists(db: Db, query: RawBuilder<unknown>): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select exists (${query}) as found`.execute(db);
  return rows[0]?.found === true;
}
