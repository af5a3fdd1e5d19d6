import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { idColumns, singleIdColumn } from '../../../domain/row-id.ts';
import { chunkLedger, documentId, type LiveTable, rowLedger } from '../table.ts';
import { inLedger, type RestoreGroup } from './restore-set.ts';

export interface Inserted {
  readonly table: LiveTable;
  readonly ids: readonly string[];
  readonly vectors: number;
  readonly differences: Readonly<Record<string, number>>;
}

/**
 * Inserts rows and chunks of all groups in one statement: at its end the database checks references, so that rows which
 * reference each other are accepted. `skipExisting`: a row that would break a unique constraint is left out.
 */
export async function insertFromLedger(
  tx: Tx,
  groups: readonly RestoreGroup[],
  runNo: number,
  skipExisting: boolean,
): Promise<Inserted[]> {
  const inserts = groups.flatMap((group, at) => [
    rowsOf(group, at, runNo, skipExisting),
    ...chunksOf(group, at, runNo),
  ]);
  const results = groups.map((group, at) => resultOf(group, at, runNo));
  const { rows } = await sql<{
    at: number;
    ids: string[] | null;
    vectors: number;
    differences: Record<string, number>;
  }>`
    with ${sql.join(inserts)} ${sql.join(results, sql` union all `)}`.execute(tx);
  return rows.map(({ at, ids, vectors, differences }) => {
    const group = groups[at];
    if (group === undefined) throw new Error('a statement answers for the groups that it was given');
    requireSameIds(group, ids ?? []);
    return { table: group.table, ids: ids ?? [], vectors, differences };
  });
}

/** A trigger that gives a row another id has made another row: nothing would say that ours has been restored. */
function requireSameIds(group: RestoreGroup, ids: readonly string[]): void {
  const asked = new Set(group.ids);
  if (ids.every((id) => asked.has(id))) return;
  const error = new Error(`a trigger of ${group.table.mapping.table.name} changes the id of a row that is inserted`);
  throw Object.assign(error, { code: '27000', table: group.table.mapping.table.name });
}

function rowsOf({ table, part, ids }: RestoreGroup, at: number, runNo: number, skip: boolean): RawBuilder<unknown> {
  const { mapping, writable } = table;
  return sql`${sql.id(`rows_${at}`)} as (
    insert into ${tableRef(mapping.table)} as d (${sql.join(writable.map((column) => sql.id(column)))}) overriding system value
    select ${sql.join(writable.map((column) => columnRef('l', column)))} from ${rowLedger(table)} l
    where ${inLedger(runNo, part)} and ${isOneOf('l', table, ids)}
    ${skip ? sql`on conflict do nothing` : sql``} returning d.*)`;
}

function chunksOf({ table, part }: RestoreGroup, at: number, runNo: number): RawBuilder<unknown>[] {
  const { chunks, mapping } = table;
  if (chunks === null) return [];
  const document = documentId(chunks, columnRef('r', singleIdColumn(mapping)));
  return [
    sql`${sql.id(`chunks_${at}`)} as (
    insert into ${tableRef(chunks.place.table)} as c (${sql.join(chunks.writable.map((column) => sql.id(column)))})
      overriding system value
    select ${sql.join(chunks.writable.map((column) => columnRef('l', column)))} from ${chunkLedger(chunks)} l
    where ${inLedger(runNo, part)} and ${columnRef('l', chunks.place.document)} in (
      select ${document} from ${sql.id(`rows_${at}`)} r)
    returning c.*)`,
  ];
}

function resultOf(group: RestoreGroup, at: number, runNo: number): RawBuilder<unknown> {
  const { mapping, chunks } = group.table;
  const rows = sql.id(`rows_${at}`);
  const vector =
    chunks !== null
      ? sql`(select count(${columnRef('c', chunks.place.vector)}) from ${sql.id(`chunks_${at}`)} c)::int8`
      : mapping.vectors.in === 'row'
        ? sql`(select count(${columnRef('r', mapping.vectors.column)}) from ${rows} r)::int8`
        : sql`0::int8`;
  return sql`select ${sql.lit(at)}::int as at,
    (select array_agg(${idText('r', mapping)}) from ${rows} r) as ids, ${vector} as vectors,
    ${differences(group, at, runNo)} as differences`;
}

/** How many rows were stored with another value than the ledger has, by column; of chunks, how many chunks. */
function differences({ table, part }: RestoreGroup, at: number, runNo: number): RawBuilder<unknown> {
  const { mapping, chunks, rows, constraints } = table;
  if (!constraints.mayChange) return sql`'{}'::jsonb`;
  const there = inLedger(runNo, part);
  const ofRows = counts({
    ...{ inserted: `rows_${at}`, ledger: rowLedger(table), there, key: idColumns(mapping), prefix: '' },
    columns: comparable(rows.columns, table.ledgerColumns),
  });
  if (chunks === null) return ofRows;
  const { place, source } = chunks;
  const ofChunks = counts({
    ...{ inserted: `chunks_${at}`, ledger: chunkLedger(chunks), there, key: [place.document, place.id] },
    ...{ columns: comparable(source.columns, chunks.ledgerColumns), prefix: `${place.table.name}.` },
  });
  return sql`(${ofRows} || ${ofChunks})`;
}

function comparable(columns: readonly { readonly name: string }[], recorded: readonly string[]): string[] {
  return columns.map((column) => column.name).filter((name) => recorded.includes(name));
}

interface Comparison {
  readonly inserted: string;
  readonly ledger: RawBuilder<unknown>;
  readonly there: RawBuilder<boolean>;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly prefix: string;
}

/** Values are compared as they are stored: every type can be compared so, and nothing is rounded. */
function counts({ inserted, ledger, there, key, columns, prefix }: Comparison): RawBuilder<unknown> {
  const names = columns.map((column) => sql.lit(`${prefix}${column}`));
  const changed = columns.map(
    (column) =>
      sql`count(*) filter (where record_image_ne(row(${columnRef('l', column)}), row(${columnRef('n', column)})))`,
  );
  const same = sql.join(
    key.map((column) => sql`${columnRef('l', column)} = ${columnRef('n', column)}`),
    sql` and `,
  );
  return sql`(select coalesce(jsonb_object_agg(name, rows) filter (where rows > 0), '{}') from (
    select unnest(array[${sql.join(names)}]) as name, unnest(array[${sql.join(changed)}]) as rows
    from ${sql.id(inserted)} n join ${ledger} l on ${same} where ${there}) changed)`;
}
