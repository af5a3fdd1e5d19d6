import { sql } from 'kysely';
import { toStoreError } from '../../database/errors.ts';
import type { Db, Tx } from '../../database/schema.ts';
import type { FailedCollection } from '../../domain/run.ts';
import { errorJson } from './failures.ts';
import type { OpenSweepable, SurveySource, Sweepable } from './sweepable.ts';

export interface OpenCollection {
  readonly collection: string;
  readonly open: OpenSweepable;
}

/** A collection whose stores were read for a survey. */
export interface ObservedCollection extends OpenCollection {
  readonly source: SurveySource;
}

/** A later attempt gives the same, and only this collection is concerned. */
const ofOneCollection = new Set(['MappingError', 'StoreRefusedError', 'EmptyScopeError', 'TypeError', 'RangeError']);

/** A later attempt may succeed: the collection's store does not answer, or is busy. */
const passing = new Set(['ConnectionError', 'TimeoutError', 'WeaviateError', 'DatabaseError']);

/** An activity that is tried again after 1, 2, 4 and 8 seconds has waited long enough for one store of several. */
const attemptsToWait = 4;

/**
 * Opens collections one after the other. A collection that fails for a reason of its own is left out and named, and the
 * others are handled; where all fail, and where an error concerns more than one collection, the error is thrown. A
 * store that does not answer is left out too, once a few attempts have waited for it: an outage of one store must not
 * keep the work on the others, and where every collection needs it the error is thrown, so that the run waits.
 */
export class Collections {
  readonly #waits: boolean;
  readonly #failed: FailedCollection[] = [];
  #first: unknown = null;
  #handled = 0;

  /** @param attempt of the activity, from 1; `null` where nothing tries again */
  constructor(attempt: number | null) {
    this.#waits = attempt !== null && attempt <= attemptsToWait;
  }

  get failed(): readonly FailedCollection[] {
    return this.#failed;
  }

  /** `null`: the collection has failed. */
  async attempt<T>(collection: string, work: () => Promise<T>): Promise<T | null> {
    try {
      const result = await work();
      this.#handled += 1;
      return result;
    } catch (caught) {
      const error = toStoreError(caught);
      if (!(error instanceof Error) || !this.#isLeftOut(error)) throw caught;
      this.#failed.push({ collection, error: errorJson(error) });
      this.#first ??= caught;
      return null;
    }
  }

  #isLeftOut({ name }: Error): boolean {
    return ofOneCollection.has(name) || (!this.#waits && passing.has(name));
  }

  /** The same within a transaction, which goes on with what was done before. */
  attemptIn<T>(tx: Tx, collection: string, work: () => Promise<T>): Promise<T | null> {
    return this.attempt(collection, async () => {
      await sql`savepoint coppice_collection`.execute(tx);
      try {
        const result = await work();
        await sql`release savepoint coppice_collection`.execute(tx);
        return result;
      } catch (error) {
        // Where the session is lost this fails too, and the first error says more.
        await sql`rollback to savepoint coppice_collection`.execute(tx).catch(() => {});
        throw error;
      }
    });
  }

  /** Throws where nothing has been handled since the last call. */
  requireOne(): void {
    if (this.#handled === 0 && this.#first !== null) throw this.#first;
    this.#handled = 0;
  }
}

/**
 * @param probing asks every store of a collection whether it answers: a survey reads the rows alone, and a run would meet
 *   the store that is down in the middle of its work, where the partitions of all collections wait for it
 */
export async function openEach(
  db: Db,
  sweepables: readonly Sweepable[],
  collections: Collections,
  probing?: AbortSignal,
): Promise<OpenCollection[]> {
  const opened: OpenCollection[] = [];
  for (const sweepable of sweepables) {
    const { collection } = sweepable;
    const open = await collections.attempt(collection, async () => {
      const one = await sweepable.open(db);
      if (probing !== undefined) await sweepable.probe(probing);
      return one;
    });
    if (open !== null) opened.push({ collection, open });
  }
  collections.requireOne();
  return opened;
}
