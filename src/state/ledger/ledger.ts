import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { TableName } from '../../domain/mapping.ts';

/**
 * The ledger holds what runs removed, whole, in tables `LIKE` the mapped ones: typed, and exact to restore. When a
 * mapped table's columns change a new ledger table begins; older ones stay until what they hold has aged.
 */
/** `child SCHEMA.TABLE`: rows of that child table. */
export type LedgerPart = 'rows' | 'chunks' | `child ${string}`;

export interface LedgerSource {
  readonly collection: string;
  readonly part: LedgerPart;
  readonly table: TableName;
  /** Columns in order, with types. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export function ledgerName(source: LedgerSource): string {
  const columns = JSON.stringify([source.table, source.columns.map((column) => [column.name, column.type])]);
  const version = createHash('sha256').update(columns).digest('hex').slice(0, 8);
  const [part] = source.part.split(' ');
  return `ledger_${source.collection}_${part}_${version}`;
}

function ledgerRef(source: LedgerSource): RawBuilder<unknown> {
  return sql`${sql.id('coppice', ledgerName(source))}`;
}

export async function hasLedgerTable(tx: Tx, source: LedgerSource): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass(${`coppice.${ledgerName(source)}`}) is not null as exists`.execute(tx);
  return rows[0]?.exists === true;
}

export async function ensureLedgerTable(tx: Tx, source: LedgerSource): Promise<void> {
  if (await hasLedgerTable(tx, source)) return;
  const name = ledgerName(source);
  const table = ledgerRef(source);
  // Our columns stand after the mapped ones, so that an insert by position fails when the mapped table has drifted.
  await sql`create table ${table} (
    like ${sql.id(source.table.schema, source.table.name)},
    coppice_run bigint not null,
    coppice_day date not null,
    coppice_part integer not null,
    coppice_state text,
    coppice_xmin bigint,
    coppice_refused bigint
  )`.execute(tx);
  // Few distinct values: the index stays small, and inserting at its right edge is cheap.
  await sql`create index on ${table} (coppice_run, coppice_part)`.execute(tx);
  await sql`create index on ${table} (coppice_run, coppice_part) where coppice_state is not null`.execute(tx);
  await tx
    .insertInto('coppice.ledger_tables')
    .values({
      name,
      collection: source.collection,
      part: source.part,
      columns: JSON.stringify(source.columns.map((column) => column.name)),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await closeLedger(tx);
}

/**
 * An index by which an undo finds rows that others reference. A hash, since it takes values of any length. Where another
 * role owns the table, its owner makes the index with `coppice migrate`.
 */
export async function ensureLedgerLookup(tx: Tx, source: LedgerSource, column: string): Promise<void> {
  const name = ledgerName(source);
  const { rows } = await sql<{ wanted: boolean }>`
    select pg_has_role(c.relowner, 'usage') and not exists (
      select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = c.oid and m.amname = 'hash' and a.attname = ${column}) as wanted
    from pg_class c where c.oid = to_regclass(${`coppice."${name}"`})`.execute(tx);
  if (rows[0]?.wanted === true)
    await sql`create index on ${ledgerRef(source)} using hash (${sql.id(column)})`.execute(tx);
}

export interface RecordedLedger {
  readonly name: string;
  /** Columns of the mapped table when this ledger table was made. */
  readonly columns: readonly string[];
}

/** Every ledger table of a collection, the latest first: each change of columns has begun one. */
export async function recordedLedgers(
  db: Db,
  collection: string,
  part: LedgerSource['part'],
): Promise<RecordedLedger[]> {
  return db
    .selectFrom('coppice.ledger_tables')
    .select(['name', 'columns'])
    .where('collection', '=', collection)
    .where('part', '=', part)
    .orderBy('created_at', 'desc')
    .execute();
}

/** Bytes on disk of everything the ledger holds. */
export async function ledgerSize(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select (coalesce(sum(pg_total_relation_size(to_regclass('coppice.' || quote_ident(name)))), 0)
      + pg_total_relation_size('coppice.ledger_vectors') + pg_total_relation_size('coppice.ledger_graph'))::int8 as bytes
    from coppice.ledger_tables`.execute(db);
  return rows[0]?.bytes ?? 0;
}

/**
 * Takes the ledger's tables away from roles that may only read: default privileges of schema `coppice` give them every
 * new table in it, and these hold whole documents. A role that was granted the ledger by name alone keeps it.
 */
export async function closeLedger(tx: Tx): Promise<void> {
  const { rows } = await sql<{ name: string; role: string }>`
    select c.relname as name, a.grantee::regrole::text as role
    from pg_class c, aclexplode(c.relacl) a
    where c.relnamespace = 'coppice'::regnamespace and c.relkind = 'r'
      and c.relname like 'ledger\\_%' and c.relname <> 'ledger_tables'
      and pg_has_role(c.relowner, 'usage') and a.grantee <> 0
      and a.grantee in (select d.grantee from pg_default_acl f, aclexplode(f.defaclacl) d
        where f.defaclnamespace = c.relnamespace and f.defaclrole = c.relowner)
    group by c.relname, a.grantee having not bool_or(a.privilege_type = 'INSERT')`.execute(tx);
  for (const { name, role } of rows) {
    await sql`revoke all on ${sql.id('coppice', name)} from ${sql.raw(role)}`.execute(tx);
  }
}
