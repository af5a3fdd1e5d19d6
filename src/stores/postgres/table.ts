import { type RawBuilder, sql } from 'kysely';
import type { ChunkTable, CollectionMapping } from '../../domain/mapping.ts';
import { type LedgerSource, ledgerRef } from '../../state/ledger.ts';
import type { Inspection, TableInfo } from '../ports/document-store.ts';

/** A mapped table whose live shape is known: what the statements of removal and restoration are built from. */
export interface LiveTable {
  readonly mapping: CollectionMapping;
  readonly fingerprint: string;
  readonly rows: LedgerSource;
  /** SQL type of the id column, from the catalogue. */
  readonly idType: RawBuilder<unknown>;
  /** Columns that can be written: generated ones cannot. */
  readonly writable: readonly string[];
  readonly chunks: LiveChunks | null;
}

export interface LiveChunks {
  readonly place: ChunkTable;
  readonly source: LedgerSource;
  readonly writable: readonly string[];
}

export function liveTable(mapping: CollectionMapping, inspection: Inspection): LiveTable {
  const { rows, chunks } = inspection;
  if (rows === null) throw new Error(`collection ${mapping.name}: its table has not been inspected`);
  const id = rows.columns.find((column) => column.name === mapping.id);
  return {
    mapping,
    fingerprint: inspection.fingerprint,
    rows: { collection: mapping.name, part: 'rows', table: mapping.table, columns: rows.columns },
    idType: sql.raw(id?.type ?? 'text'),
    writable: writable(rows),
    chunks:
      mapping.vectors.in === 'table' && chunks !== null ? liveChunks(mapping.name, mapping.vectors, chunks) : null,
  };
}

function liveChunks(collection: string, place: ChunkTable, info: TableInfo): LiveChunks {
  return {
    place,
    source: { collection, part: 'chunks', table: place.table, columns: info.columns },
    writable: writable(info),
  };
}

function writable(info: TableInfo): string[] {
  return info.columns.filter((column) => !column.generated).map((column) => column.name);
}

export function rowLedger(table: LiveTable): RawBuilder<unknown> {
  return ledgerRef(table.rows);
}

/** Ids as the id column's own type. */
export function idArray(table: LiveTable, ids: readonly string[]): RawBuilder<unknown> {
  return sql`${ids}::text[]::${table.idType}[]`;
}
