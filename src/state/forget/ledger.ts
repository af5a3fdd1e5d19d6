import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerPart } from '../ledger/ledger.ts';
import type { Place, Subject } from './subject.ts';

/** Entries of one table, and which of them are the subject's. */
export interface Entries {
  readonly table: string;
  /** Reads the row as `l`. */
  readonly theirs: RawBuilder<boolean>;
}

/** Of a partition, by where it stands in the ledger: rows, chunks, and vectors of another store. */
export async function entriesAt(db: Db, places: readonly Place[]): Promise<Entries[]> {
  if (places.length === 0) return [];
  const tables = await db.selectFrom('coppice.ledger_tables').select(['name', 'collection']).orderBy('name').execute();
  return [
    ...tables.flatMap(({ name, collection }) => {
      const own = places.filter((place) => place.collection === collection);
      return own.length === 0 ? [] : [{ table: name, theirs: at('coppice_run', 'coppice_part', own) }];
    }),
    { table: 'ledger_vectors', theirs: at('run_no', 'part_no', places) },
    { table: 'ledger_graph', theirs: at('run_no', 'part_no', places) },
  ];
}

function at(run: string, part: string, places: readonly Place[]): RawBuilder<boolean> {
  const runs = places.map((place) => place.runNo);
  const numbers = places.map((place) => place.no);
  return sql`(l.${sql.id(run)}, l.${sql.id(part)}) in (
    select * from unnest(${runs}::bigint[], ${numbers}::integer[]))`;
}

/** Names of the ledger tables of a collection that have these columns: mappings change, and old tables stay. */
export async function ledgerTablesWith(
  db: Db,
  wanted: { readonly collection: string; readonly part: LedgerPart; readonly columns: readonly string[] },
): Promise<string[]> {
  const found = await db
    .selectFrom('coppice.ledger_tables')
    .select(['name', 'columns'])
    .where('collection', '=', wanted.collection)
    .where('part', '=', wanted.part)
    .execute();
  return found.flatMap(({ name, columns }) => (wanted.columns.every((one) => columns.includes(one)) ? [name] : []));
}

/** Vectors of rows, by the rows' ids. */
export function vectorsOf(ids: readonly string[], collection: string): Entries {
  return { table: 'ledger_vectors', theirs: sql`l.row_id = any(${[...ids]}::text[]) and l.collection = ${collection}` };
}

/** Items of graphs that are these, or name them. */
export function graphItemsOf(ids: readonly string[], graph: string | null): Entries {
  return {
    table: 'ledger_graph',
    theirs: sql`(${graph}::text is null or l.graph = ${graph}::text) and (l.item_id = any(${[...ids]}::text[])
      or exists (select from unnest(${[...ids]}::text[]) i
        where jsonb_path_exists(l.content, '$.** ? (@ == $id)', jsonb_build_object('id', i))))`,
  };
}

/** Returns the recorded sources of documents, by the run that last fetched them. */
export function sourcesAt(places: readonly Place[]): Entries[] {
  return places.length === 0 ? [] : [{ table: 'sources', theirs: at('run_no', 'part_no', places) }];
}

export function sourcesOf(ids: readonly string[], collection: string | null): Entries {
  const inCollection = sql`(${collection}::text is null or l.collection = ${collection}::text)`;
  return { table: 'sources', theirs: sql`l.row_id = any(${[...ids]}::text[]) and ${inCollection}` };
}

/** Documents of the subject whose vectors are just being exchanged in another store. */
export async function swapping(db: Db, subject: Subject): Promise<number> {
  const theirs =
    subject.kind === 'partition' ? sql`partition = ${subject.name}` : sql`row_id = any(${[...subject.ids]}::text[])`;
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from coppice.swaps
    where ${theirs} and (${subject.collection}::text is null or collection = ${subject.collection}::text)`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Removals that have not been finished need what stands here: their vectors may be gone already. */
export async function unfinished(db: Db, { table, theirs }: Entries): Promise<number> {
  if (table === 'ledger_vectors') return 0;
  const state = sql.id('l', table === 'ledger_graph' ? 'state' : 'coppice_state');
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from ${sql.id('coppice', table)} l
    where ${state} is not null and ${theirs}`.execute(db);
  return rows[0]?.count ?? 0;
}

export async function countEntries(db: Db, { table, theirs }: Entries): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${sql.id('coppice', table)} l where ${theirs}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Deletes up to `limit` entries; how many it was. */
export async function deleteEntries(tx: Tx, { table, theirs }: Entries, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from ${sql.id('coppice', table)} where ctid = any(array(
      select l.ctid from ${sql.id('coppice', table)} l where ${theirs} limit ${limit}))`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/** The items of runs: ids that a survey bound them to. A partition's by its number, rows by their id. */
export async function itemTables(db: Db): Promise<{ name: string; runNo: number; collection: string }[]> {
  const { rows } = await sql<{ name: string; run: string; collection: string }>`
    select tablename as name, (regexp_match(tablename, '^items_([0-9]+)_'))[1] as run,
      regexp_replace(tablename, '^items_[0-9]+_', '') as collection
    from pg_tables where schemaname = 'coppice' and tablename ~ '^items_[0-9]+_' order by 1`.execute(db);
  return rows.map(({ name, run, collection }) => ({ name, runNo: Number(run), collection }));
}
