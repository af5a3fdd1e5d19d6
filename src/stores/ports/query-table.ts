import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';

/** Rows of a mapped collection of questions, and what was extracted from them. */
export interface QueryTable {
  /**
   * Counts of questions by user, in the order of their names, a page at a time; `null`: rows without a user. For a preview
   * it only reads.
   */
  counts(tx: Tx, counted: CountedQuestions): AsyncGenerator<readonly QuestionCount[]>;
  /**
   * Writes down which of the counted questions the run extracts, and deletes extractions of questions that do not exist any
   * more, or that have changed since.
   */
  collect(tx: Tx, runNo: number): Promise<void>;
  /** Questions that a run has yet to extract, in the order of their places. */
  due(db: Db, runNo: number, parts: readonly PartPlace[], limit: number | null): Promise<readonly DueQuestion[]>;
  /** Stores extractions, where there is none of the question yet; how many it were, by number of the partition. */
  add(tx: Tx, run: AddingRun, extractions: readonly NewExtraction[]): Promise<ReadonlyMap<number, number>>;
  /** The latest extractions of a user, or with `null` of all users, the latest first; each with the vector of its question, where it has one. */
  latest(db: Db, user: string | null, limit: number): Promise<readonly StoredExtraction[]>;
  /** Deletes extractions that a run added and that are as it wrote them; the others are named. */
  undoAdded(
    tx: Tx,
    at: LedgerAddress,
    undoRunNo: number,
    limit: number,
  ): Promise<{ readonly deleted: number; readonly refused: readonly string[] }>;
}

export interface CountedQuestions {
  /** False: it is counted as if nothing had been extracted. */
  readonly extractions: boolean;
  /** The run whose survey it is; `null`: a preview. */
  readonly runNo: number | null;
}

export interface QuestionCount {
  readonly user: string | null;
  readonly rows: number;
  /** Rows without an id, a question or a time, or with JSON that cannot be read. */
  readonly unreadable: number;
  readonly due: number;
  /** Digest of the ids that are due, whatever their order. */
  readonly digest: string;
  /** Extractions of questions that do not exist any more, or that have changed since. */
  readonly stale: number;
  /** Enough questions are new for topics to be grouped again. */
  readonly ungrouped: boolean;
}

export interface PartPlace {
  readonly no: number;
  /** `null`: from the beginning. */
  readonly after: string | null;
}

export interface DueQuestion {
  readonly partNo: number;
  readonly place: string;
  readonly id: string;
  readonly user: string;
  /** At most the beginning. */
  readonly text: string;
  readonly askedAt: Date;
  readonly answered: boolean;
  readonly answerScore: number | null;
  /** Of everything that the extraction is made from, a 64-bit integer as text; `null`: the row cannot be read any more. */
  readonly sourceHash: string | null;
}

export interface AddingRun {
  readonly runNo: number;
  /** Whether the ledger keeps what is added. */
  readonly keep: boolean;
}

export interface NewExtraction extends Omit<DueQuestion, 'place' | 'text'> {
  readonly language: string | null;
  readonly method: string;
  /** As they are written, in lower case, and without their endings: one entry of each for every phrase. */
  readonly phrases: readonly string[];
  readonly terms: readonly string[];
  readonly key: string;
  readonly topic: { readonly id: string; readonly label: string } | null;
}

export interface StoredExtraction {
  readonly id: string;
  readonly user: string;
  readonly phrases: readonly string[];
  readonly terms: readonly string[];
  /** Number of its topic; -1: it has none. */
  readonly topicNo: number;
  readonly vector: readonly number[] | null;
}
