import type { Db, Tx } from '../../database/schema.ts';
import type { RefreshRule } from '../../domain/rules/refresh.ts';

/** Rows of a mapped collection as the refresh reads and writes them. */
export interface RefreshTable {
  /**
   * Returns the reasons why rows cannot be written, a sentence each; empty where there are none. `dimensions` are those
   * of the vectors to come, `null` where none are made. Reads only.
   */
  problems(db: Db, dimensions: number | null): Promise<string[]>;
  /** Drops what is remembered of sources whose documents are gone. */
  forgetStrangers(db: Db): Promise<void>;
  /** Those of the ids that are still due, as they stand. */
  read(db: Db, scope: RefreshScope, ids: readonly string[]): Promise<StandingDocument[]>;
  /** The text that stands, or `null` where none is mapped or written. */
  content(db: Db, id: string): Promise<string | null>;
  /**
   * Writes text, chunks and dates, in a nested transaction of its own: a document that the tables refuse leaves the others
   * of the batch alone. `null`: the row was written since it was read, and nothing is changed.
   */
  write(tx: Tx, partition: string, replacement: Replacement): Promise<Written | null>;
  /** Several at once, all or none: quicker where nothing is amiss. */
  writeAll(
    tx: Tx,
    partition: string,
    replacements: readonly Replacement[],
  ): Promise<ReadonlyMap<string, Written | null>>;
  /** Locks these rows and returns those that are unchanged since they were read. */
  unchanged(tx: Tx, partition: string, versions: ReadonlyMap<string, string>): Promise<Set<string>>;
}

export interface RefreshScope {
  readonly partition: string;
  readonly rule: RefreshRule;
}

export interface StandingDocument {
  readonly id: string;
  /** Changes with every write to the row, whoever's. */
  readonly version: string;
  readonly url: string;
  /** SHA-256 of its text in hex, else what its field of that name says; `null` where it has neither. */
  readonly hash: string | null;
  /** Bytes of its text in UTF-8; 0 where none is mapped or written. */
  readonly bytes: number;
}

export interface Replacement {
  readonly id: string;
  readonly version: string;
  readonly lifetimeDays: number;
  /** `null`: the text is the same, only the dates move. */
  readonly page: {
    /** `null` leaves the title that stands. */
    readonly title: string | null;
    readonly text: string;
    readonly hash: string;
    readonly quality: number;
    /** `null`: chunks are not in this database, or there are none. */
    readonly chunks: readonly NewChunk[] | null;
  } | null;
}

export interface NewChunk {
  readonly text: string;
  /** `null`: the store makes its own. */
  readonly vector: readonly number[] | null;
}

export interface Written {
  readonly chunks: number;
  readonly removedChunks: number;
}
