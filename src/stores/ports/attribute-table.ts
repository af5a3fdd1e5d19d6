import type { Db, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import type { Attribute, NewAttribute } from '../../domain/profiles/attribute.ts';
import type { AskingTerms } from '../../state/proposals/answered.ts';

/** Rows of a mapped collection of attributes, as profiles: the lines of one entity with one bot. */
export interface AttributeTable {
  /** Returns the reasons why attributes cannot be written, a sentence each. Reads only. */
  problems(db: Db): Promise<readonly string[]>;
  /** Counts of rows by entity, in the order of their names, a page at a time; `null`: rows without an entity. */
  counts(tx: Tx): AsyncGenerator<readonly EntityCount[]>;
  /** Profiles of which no answer is stored, those that waited longest first. */
  unanswered(db: Db, terms: ProfileTerms, limit: number): Promise<readonly ProfileKey[]>;
  /** All profiles, in the order of their entities, a page at a time. */
  profiles(db: Db, filter: ProfileFilter): AsyncGenerator<readonly Profile[]>;
  /** Number of lines of entity types or bots that the filter leaves out. */
  countLeftOut(db: Db, filter: ProfileFilter): Promise<number>;
  /** Those of the profiles that exist, as they are. */
  read(db: Db, names: readonly ProfileName[]): Promise<readonly Profile[]>;
  /** By entity, how many lines the stored proposals would remove that fit the profiles as they are. */
  dueByEntity(tx: Tx, terms: ApplyTerms): Promise<ReadonlyMap<string, DueProposals>>;
  /**
   * Writes down which proposals a run applies, by number of the partition; makes the ledger's tables where they are missing,
   * or refuses where only the owner may.
   */
  collect(tx: Tx, terms: ApplyTerms, runNo: number): Promise<void>;
  /** The proposals that a run applies to these partitions, by their numbers, in the order of their places. */
  items(db: Db, runNo: number, partNos: readonly number[]): Promise<readonly ProposalItem[]>;
  /**
   * Puts new attributes in the place of lines, all in this transaction, where the lines that were shown are as they were;
   * `null` for a profile where they are not. Attributes that were written since stay as they are.
   */
  replace(tx: Tx, run: ReplacingRun, requests: readonly Replacement[]): Promise<readonly (Replaced | null)[]>;
  /** Deletes rows that a run added and that are as it wrote them; the others are named. */
  undoAdded(
    tx: Tx,
    at: LedgerAddress,
    undoRunNo: number,
  ): Promise<{ readonly deleted: number; readonly refused: readonly string[] }>;
}

export interface EntityCount {
  readonly entity: string | null;
  readonly rows: number;
  /** Rows without a key, a value or an id, or with JSON that cannot be read. */
  readonly unreadable: number;
}

/** Identity of a profile within a collection. */
export interface ProfileName {
  readonly entity: string;
  readonly type: string;
  /** Empty: the attributes name no bot. */
  readonly bot: string;
}

export interface ProfileKey extends ProfileName {
  readonly lines: number;
  /** Digest of the lines, in their order. */
  readonly data: string;
}

export interface Profile extends ProfileKey {
  /** In the order in which they were written. */
  readonly attributes: readonly Attribute[];
}

export interface ProfileFilter {
  /** `null`: all. */
  readonly entities: readonly string[] | null;
  readonly type: string | null;
  readonly bot: string | null;
}

export interface ProfileTerms extends ProfileFilter, AskingTerms {}

export interface ApplyTerms extends ProfileFilter {
  readonly job: string;
  readonly terms: string;
  /** States of proposals that may be applied. */
  readonly states: readonly string[];
  /** Only proposals of this held run, which a person approved; `null`: all. */
  readonly approvedRunNo: number | null;
}

export interface ProposalItem {
  readonly id: string;
  readonly partNo: number;
}

export interface DueProposals {
  readonly lines: number;
  readonly profiles: number;
  /** Digest of the proposals, whatever their order. */
  readonly digest: string;
}

export interface ReplacingRun {
  readonly runNo: number;
  /** Whether the ledger keeps what is removed. */
  readonly keep: boolean;
}

export interface Replacement {
  readonly partNo: number;
  readonly profile: ProfileName;
  /** Digest of the lines that were shown, and their ids. */
  readonly data: string;
  readonly shown: readonly string[];
  readonly removed: readonly string[];
  readonly added: readonly (NewAttribute & { readonly inPlaceOf: string })[];
}

export interface Replaced {
  readonly removed: number;
  readonly added: number;
  /** Digest of the profile as it is now. */
  readonly data: string;
  /** Lines of the profile as it is now. */
  readonly lines: number;
}
