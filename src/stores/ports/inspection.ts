export interface Inspection {
  /** `null` when the table does not exist. */
  readonly rows: TableInfo | null;
  readonly chunks: TableInfo | null;
  /** Of each child table, in the order of `childMembers`; `null` where it does not exist. */
  readonly children: readonly (TableInfo | null)[];
  /** A foreign key refuses to leave a chunk without its document. */
  readonly chunksGuarded: boolean;
  /** Problems, a sentence each; empty where the mapping fits. */
  readonly problems: readonly string[];
  readonly fingerprint: string;
  /** Fingerprints that earlier releases gave the same mapping and columns. */
  readonly formerFingerprints: readonly string[];
}

export interface TableInfo {
  readonly columns: readonly ColumnInfo[];
  /** Sets of columns in which no two rows agree. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Columns that are unique by themselves. */
  readonly uniqueColumns: readonly string[];
}

export interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/** The mapping does not fit the live schema. Carries every problem. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  readonly problems: readonly string[];
  constructor(collection: string, problems: readonly string[]) {
    super(`collection ${collection} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
