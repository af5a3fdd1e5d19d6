import type { Db } from '../../database/schema.ts';
import type { ConsolidatedMemory } from '../../domain/consolidation/memory.ts';
import type { AskingTerms } from '../../state/proposals/answered.ts';

/** Memories of one collection, user by user, for jobs that compare them. */
export interface MemoryTable {
  /** Reasons why vectors of the memories cannot be compared, a sentence each. Reads only. */
  problems(db: Db): Promise<readonly string[]>;
  /** Users whose memories have changed since they were last looked at; the one that waits longest comes first. */
  unlooked(db: Db, terms: LookTerms, limit: number): Promise<readonly MemoryUser[]>;
  /** All users with several memories, in the order of their names. Needs no table of Coppice's. */
  users(db: Db, bot: string | null): Promise<readonly MemoryUser[]>;
  /** The memories of a user, in the order of their ids; `most` of them at most. */
  read(
    db: Db,
    user: string,
    terms: Pick<LookTerms, 'bot'>,
    most: number,
    signal?: AbortSignal,
  ): Promise<readonly VectorMemory[]>;
  /** Vectors of the questions that the user asked last, where questions with vectors are mapped in the same database. */
  questions(db: Db, user: string): Promise<readonly Float32Array[]>;
}

export interface LookTerms extends AskingTerms {
  /** `null`: memories of all bots. */
  readonly bot: string | null;
}

export interface MemoryUser {
  readonly user: string;
  readonly memories: number;
  /** Changes with every id and text. */
  readonly data: string;
}

export interface VectorMemory extends ConsolidatedMemory {
  /** `null`: it has none. A table alone knows none that is in another store. */
  readonly vector: Float32Array | null;
  /** Whether its text, its vector and its hash can be written together: all are in its row, and the role may. */
  readonly isRewritable: boolean;
}
