import type { CollectionKind, LaterFieldName } from './row-fields.ts';

/**
 * How one collection of the application's data is found in its stores. The application's schema is rarely ours,
 * so everything that differs between applications is said here and nowhere else.
 */
export interface CollectionMapping {
  /** The collection's name in Coppice: `documents`, `memories` … */
  readonly name: string;
  /** Absent: `documents`. */
  readonly kind?: CollectionKind;
  /** True when the table is the application's own, false for Coppice's default schema. */
  readonly mapped: boolean;
  readonly table: TableName;
  /** The column that identifies a row, or the columns that do so together: unique and not null. */
  readonly id: string | readonly string[];
  /** Field that names the document where a document is several rows; `null`: each row is one. */
  readonly document: Field | null;
  /**
   * Field by which runs isolate work: the workspace of a document, the user of a memory, the entity of an attribute.
   */
  readonly partition: Field;
  readonly expiresAt: TimeField | null;
  readonly fetchedAt: TimeField | null;
  /** Descriptive fields, for loading and for the refresh; absent where the application has none. */
  readonly url: Field | null;
  readonly title: Field | null;
  readonly content: Field | null;
  readonly contentHash: Field | null;
  readonly quality: Field | null;
  /** Rows that do not match are not part of the collection at all. */
  readonly filter: readonly FilterTerm[];
  readonly vectors: VectorPlace;
  /** Fields of `rowFields` that have no property of their own; absent where there are none. */
  readonly fields?: Readonly<Partial<Record<LaterFieldName, Field | TimeField>>>;
  /** Age limit of the collection, in days; `null` leaves the job's parameter in force, `'off'` disables it. */
  readonly maxAgeDays: number | 'off' | null;
  /** Cascades, triggers and policies of the table that a person has accepted by name. */
  readonly accept: readonly string[];
  /** The brake's shares are those of all rows of the table, also of those that `filter` leaves out. */
  readonly shareOf?: 'table';
  /** Tables whose rows belong to a row of the collection; absent where there are none. */
  readonly children?: readonly ChildTable[];
  /**
   * Fields of `fields` that a preset has added to one of documents, which made its collections those of another kind.
   * Digests and fingerprints leave them and the kind out: runs that were begun before continue.
   */
  readonly fromPreset?: readonly LaterFieldName[];
}

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A column, or a path into a JSON column (`payload.user_id`: column `payload`, keys `['user_id']`). */
export interface Field {
  readonly column: string;
  readonly keys: readonly string[];
  /** The column points to a row of another table, whose value this is. */
  readonly through?: ForeignRow;
  /**
   * The column is of type `json`, which keeps escapes that no text can hold: a read of such a value fails. Known from
   * the live schema only, never from the configuration.
   */
  readonly plainJson?: true;
  /** Type of the column, for a cast. Known from the live schema only, never from the configuration. */
  readonly columnType?: string;
}

export interface ForeignRow {
  readonly table: TableName;
  /** The column that is pointed to: unique. */
  readonly key: string;
  /** The column that holds the value. */
  readonly value: string;
}

/**
 * How a point in time is written. `date` lasts through that UTC day; `naive` is a timestamp without a zone, read in
 * `zone`; `iso_text` is text in ISO 8601, compared as an instant and never as text; `epoch_s` and `epoch_ms` are numbers
 * of seconds and milliseconds since 1970-01-01 UTC, as numbers or as text.
 */
export const timeTypes = ['timestamptz', 'naive', 'iso_text', 'date', 'epoch_s', 'epoch_ms'] as const;
export type TimeType = (typeof timeTypes)[number];

export interface TimeField extends Field {
  readonly type: TimeType;
  /** IANA zone of a `naive` time. */
  readonly zone: string;
}

export interface FilterTerm extends Field {
  /** The row belongs to the collection when the field's text equals one of these. */
  readonly anyOf: readonly string[];
}

export type VectorPlace =
  | { readonly in: 'none' }
  /** The vector is a column of the row itself. */
  | { readonly in: 'row'; readonly column: string }
  /** A child table in the same database holds the chunks, a vector each. */
  | ChunkTable
  /** Objects of a Weaviate collection hold the chunks. */
  | WeaviateClass;

export interface ChunkTable {
  readonly in: 'table';
  readonly table: TableName;
  readonly id: string;
  /** Column that holds the id of the chunk's document. */
  readonly document: string;
  readonly text: string;
  readonly vector: string;
}

/** A table whose rows belong to a row of another one: they are removed, recorded and restored with it. */
export interface ChildTable {
  readonly table: TableName;
  /** Columns that identify a row of it. */
  readonly id: readonly string[];
  /** Links to the row that a row belongs to: each field equals a column of the parent. */
  readonly parent: readonly ParentLink[];
  /** Column of a vector, for the counts; `null`: there is none. */
  readonly vector: string | null;
  readonly children: readonly ChildTable[];
}

export interface ParentLink {
  readonly field: Field;
  /** The parent's column. */
  readonly column: string;
}

export interface WeaviateClass {
  readonly in: 'weaviate';
  readonly class: string;
  /** Property that holds the id of the chunk's document. */
  readonly document: string;
  /** Property that holds the workspace; `null` where the application keeps none. */
  readonly workspace: string | null;
  /** Property that holds the chunk's own id of the application's making; `null`: the object's uuid is the id. */
  readonly chunk: string | null;
  readonly text: string;
}
