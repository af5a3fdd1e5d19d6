import { type RawBuilder, sql } from 'kysely';
import type { IdList } from '../../database/row-ids.ts';
import type { Db } from '../../database/schema.ts';
import type { ChunkTable, CollectionMapping } from '../../domain/mapping.ts';
import { idColumns, singleIdColumn } from '../../domain/row-id.ts';
import { type LedgerSource, ledgerName, recordedLedgers } from '../../state/ledger/ledger.ts';
import type { Inspection, TableInfo } from '../ports/inspection.ts';
import { liveChildren } from './children/live-children.ts';
import type { Member } from './children/member.ts';
import { castType } from './schema/column-type.ts';
import { type Constraints, noConstraints } from './schema/constraints.ts';

/** A mapped table whose live shape is known: what the statements of removal and restoration are built from. */
export interface LiveTable {
  readonly mapping: CollectionMapping;
  readonly rows: LedgerSource;
  /** Name of the ledger table of its rows. */
  readonly ledger: string;
  /** SQL types of the id columns, from the catalogue. */
  readonly idTypes: readonly RawBuilder<unknown>[];
  /** Columns that can be written: generated ones cannot. */
  readonly writable: readonly string[];
  /** Columns of the ledger that are the table's. */
  readonly ledgerColumns: readonly string[];
  readonly chunks: LiveChunks | null;
  /** Child tables, each after its parent. */
  readonly children: readonly Member[];
  /**
   * Whether one statement may do a batch: each row is a document, and the database itself keeps a chunk from losing its
   * document.
   */
  readonly direct: boolean;
  /** Columns that the ledger has and the tables have no more: what stood in them cannot be put back. */
  readonly lost: readonly string[];
  readonly constraints: Constraints;
  /** Of memories: collections of questions of the same database whose vectors can be compared with theirs. */
  readonly questions?: readonly CollectionMapping[];
}

export interface LiveChunks {
  readonly place: ChunkTable;
  readonly source: LedgerSource;
  readonly ledger: string;
  /** SQL type of the column that names the document, where it is another than that of the document's id. */
  readonly documentType: RawBuilder<unknown> | null;
  /** Whether a chunk's id is unique by itself, not only within its document. */
  readonly uniqueIds: boolean;
  readonly writable: readonly string[];
  readonly ledgerColumns: readonly string[];
}

export function liveTable(
  mapping: CollectionMapping,
  inspection: Inspection,
  constraints: Constraints = noConstraints,
): LiveTable {
  const { rows, chunks } = inspection;
  if (rows === null) throw new Error(`collection ${mapping.name}: its table has not been inspected`);
  const idTypes = idColumns(mapping).map((column) => castType(rows.columns, column));
  const source: LedgerSource = { collection: mapping.name, part: 'rows', table: mapping.table, columns: rows.columns };
  return {
    mapping,
    rows: source,
    ledger: ledgerName(source),
    idTypes: idTypes.map((type) => sql.raw(type)),
    writable: writable(rows),
    ledgerColumns: rows.columns.map((column) => column.name),
    chunks:
      mapping.vectors.in === 'table' && chunks !== null
        ? liveChunks(mapping.name, mapping.vectors, chunks, castType(rows.columns, singleIdColumn(mapping)))
        : null,
    children: liveChildren(mapping, rows, inspection.children),
    direct:
      mapping.document === null &&
      mapping.children === undefined &&
      (mapping.vectors.in !== 'table' || inspection.chunksGuarded),
    lost: [],
    constraints,
  };
}

function liveChunks(collection: string, place: ChunkTable, info: TableInfo, idType: string): LiveChunks {
  const source: LedgerSource = { collection, part: 'chunks', table: place.table, columns: info.columns };
  const documentType = castType(info.columns, place.document);
  return {
    place,
    source,
    ledger: ledgerName(source),
    documentType: documentType === idType ? null : sql.raw(documentType),
    uniqueIds: info.uniqueColumns.includes(place.id),
    writable: writable(info),
    ledgerColumns: info.columns.map((column) => column.name),
  };
}

/**
 * The table with the ledger that this run wrote to. Columns may have been added since, which began a new ledger table;
 * a row that comes back has their defaults.
 */
export async function asRecorded(db: Db, table: LiveTable, runNo: number): Promise<LiveTable> {
  const { chunks } = table;
  const rows = await recordedIn(db, table.rows, table, runNo);
  const lost = [...rows.lost];
  const children: Member[] = [];
  for (const child of table.children) {
    const { lost: some, ...theirs } = await recordedIn(db, child.source, child, runNo);
    children.push({ ...child, ...theirs });
    lost.push(...some);
  }
  if (chunks === null) return { ...table, ...rows, children, lost };
  const { lost: some, ...theirs } = await recordedIn(db, chunks.source, chunks, runNo);
  return { ...table, ...rows, children, chunks: { ...chunks, ...theirs }, lost: [...lost, ...some] };
}

async function recordedIn(
  db: Db,
  source: LedgerSource,
  live: Pick<LiveTable, 'ledger' | 'writable' | 'ledgerColumns'>,
  runNo: number,
): Promise<Pick<LiveTable, 'ledger' | 'writable' | 'ledgerColumns' | 'lost'>> {
  const ledgers = await recordedLedgers(db, source.collection, source.part);
  for (const { name, columns } of ledgers.filter((one) => one.name !== live.ledger)) {
    const { rows } = await sql<{ holds: boolean }>`
      select exists (select from ${sql.id('coppice', name)} where coppice_run = ${runNo}) as holds`.execute(db);
    if (rows[0]?.holds !== true) continue;
    const standing = new Set(source.columns.map((column) => column.name));
    return {
      ledger: name,
      writable: live.writable.filter((column) => columns.includes(column)),
      ledgerColumns: columns,
      lost: columns.filter((column) => !standing.has(column)),
    };
  }
  // Nothing left of that run: any ledger says so, and one of today's columns may not have begun.
  const current = ledgers.find((one) => one.name === live.ledger) ?? ledgers[0];
  const { writable, ledgerColumns } = live;
  return { ledger: current?.name ?? live.ledger, writable, ledgerColumns, lost: [] };
}

function writable(info: TableInfo): string[] {
  return info.columns.filter((column) => !column.generated).map((column) => column.name);
}

/**
 * The ledger's own columns: for what is removed for good in this statement, or for the intent to remove it, with what
 * tells whether the row has changed since.
 */
export function stamp(
  runNo: number,
  part: RawBuilder<unknown>,
  intent: { readonly xmin: RawBuilder<unknown> } | null = null,
): RawBuilder<unknown> {
  const [state, xmin] = intent === null ? [sql`null`, sql`null`] : [sql`'intent'`, intent.xmin];
  return sql`${sql.lit(runNo)}::bigint as coppice_run, current_date as coppice_day, ${part}::integer as coppice_part,
    ${state}::text as coppice_state, ${xmin}::bigint as coppice_xmin, null::bigint as coppice_refused`;
}

export function rowLedger(table: LiveTable): RawBuilder<unknown> {
  return sql`${sql.id('coppice', table.ledger)}`;
}

export function chunkLedger(chunks: LiveChunks): RawBuilder<unknown> {
  return sql`${sql.id('coppice', chunks.ledger)}`;
}

/** Ids of documents as the type of the chunks' own column, so that its index serves. */
export function documentIdArray(table: LiveTable, chunks: LiveChunks, ids: IdList): RawBuilder<unknown> {
  return sql`${ids}::text[]::${chunks.documentType ?? sql.join(table.idTypes)}[]`;
}

/** A document's id as the type of the chunks' own column. */
export function documentId(chunks: LiveChunks, id: RawBuilder<unknown>): RawBuilder<unknown> {
  return chunks.documentType === null ? id : sql`${id}::text::${chunks.documentType}`;
}
