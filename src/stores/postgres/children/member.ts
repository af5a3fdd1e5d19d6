import type { RawBuilder } from 'kysely';
import type { Field, TableName } from '../../../domain/mapping.ts';
import type { LedgerSource } from '../../../state/ledger/ledger.ts';

/**
 * A collection's rows with all that belongs to them: chunks, and rows of child tables, several levels deep.
 *
 *   rows ─┬─ chunks
 *         ├─ child ─── grandchild
 *         └─ child
 *
 * The rows of a family go and come back in one statement each. PostgreSQL checks references at the end of a statement, so
 * that neither order matters to foreign keys.
 */
export interface Member {
  readonly table: TableName;
  readonly source: LedgerSource;
  readonly ledger: string;
  readonly writable: readonly string[];
  readonly ledgerColumns: readonly string[];
  /** Columns that identify a row of it. */
  readonly id: readonly string[];
  readonly links: readonly Link[];
  /** Column of a vector, for the counts. */
  readonly vector: string | null;
  /** Place of the parent among the members; `null`: the rows of the collection. */
  readonly parent: number | null;
  /** A row may belong to several parents: it goes with the last of them. */
  readonly shared: boolean;
  /** Columns by which a row may exist again under another parent; `null`: its parent is part of what identifies it. */
  readonly ownKey: readonly string[] | null;
  /** Chunks are counted by their vectors alone. */
  readonly chunks: boolean;
}

export interface Link {
  readonly field: Field;
  /** The parent's column. */
  readonly column: string;
  /** Type to which the parent's value is converted; `null`: both columns have the same. */
  readonly type: RawBuilder<unknown> | null;
}
