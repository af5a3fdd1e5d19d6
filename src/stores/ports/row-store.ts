import type { Db, Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { ChangeTable } from './change-table.ts';
import type { Inspection } from './inspection.ts';
import type { MemoryTable } from './memory-table.ts';
import type { QueryTable } from './query-table.ts';
import type { RefreshTable } from './refresh-table.ts';
import type { RowIntents } from './row-intents.ts';
import type { RowRemoval } from './row-removal.ts';
import type { RowSurveys } from './row-survey.ts';
import type { RowUndo } from './row-undo.ts';

/**
 * Rows of one mapped collection, in the database that also holds Coppice's own tables. Methods that take a transaction
 * do all their work in it; the sweep opens it, checks the fence first and writes the checkpoint last.
 */
export interface RowStore {
  readonly mapping: CollectionMapping;
  /** Compares the mapping with the live schema; reads only. */
  inspect(db: Db): Promise<Inspection>;
  /** Makes the tables of the default schema where the collection uses it and they are missing. */
  ensureDefaultSchema(tx: Tx): Promise<void>;
  /** Makes the ledger's tables for the columns that the collection's tables have now, where those can be seen. */
  ensureLedger(tx: Tx): Promise<void>;
  /** Names of the ledger's tables for the columns of now; `null` where the collection's tables cannot be seen. */
  currentLedgers(db: Db): Promise<readonly string[] | null>;
  /** Counts the rows of the collection: reads the whole table. */
  count(db: Db): Promise<number>;
  /** The collection as it stands now. Rejects with `MappingError` when the mapping does not fit the live schema. */
  open(db: Db): Promise<RowTable>;
}

/** The rows as they are now, as each kind of work needs them. */
export interface RowTable extends RowSurveys, RowRemoval, RowIntents, RowUndo {
  readonly mapping: CollectionMapping;
  readonly fingerprint: string;
  /** Fingerprints that earlier releases gave the same mapping and columns. */
  readonly formerFingerprints: readonly string[];
  /** The same rows, for a job that renews them. */
  readonly refresh: RefreshTable;
  /** The same rows, for a job that changes values of them. */
  readonly changes: ChangeTable;
  /** The same rows as profiles; `null`: the collection is not of attributes. */
  readonly attributes: AttributeTable | null;
  /** The same rows as memories that can be compared; `null`: the collection is not of memories, or maps no text. */
  readonly memories: MemoryTable | null;
  /** The same rows as questions; `null`: the collection is not of queries, or lacks a field. */
  readonly queries: QueryTable | null;
}
