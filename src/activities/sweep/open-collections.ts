import { sql } from 'kysely';
import type { FailedCollection } from '../../domain/run.ts';
import type { Db, Tx } from '../../state/schema.ts';
import { toStoreError } from '../../stores/postgres/errors.ts';
import { errorJson } from './failures.ts';
import type { OpenSweepable, Sweepable } from './sweepable.ts';

export interface OpenCollection {
  readonly collection: string;
  readonly open: OpenSweepable;
}

/** Trying again gives the same, and only this collection is concerned. */
const ofOneCollection = new Set(['MappingError', 'StoreRefusedError', 'EmptyScopeError', 'TypeError', 'RangeError']);

/**
 * Looks at collections one after the other. One that fails for a reason of its own is left out and named, and the others
 * are handled; where all fail, and where an error concerns more than one collection, the error is thrown.
 */
export class Collections {
  readonly #failed: FailedCollection[] = [];
  #first: unknown = null;
  #handled = 0;

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
      if (!(error instanceof Error) || !ofOneCollection.has(error.name)) throw caught;
      this.#failed.push({ collection, error: errorJson(error) });
      this.#first ??= caught;
      return null;
    }
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

export async function openEach(
  db: Db,
  sweepables: readonly Sweepable[],
  collections: Collections,
): Promise<OpenCollection[]> {
  const opened: OpenCollection[] = [];
  for (const { collection, open } of sweepables) {
    const one = await collections.attempt(collection, () => open(db));
    if (one !== null) opened.push({ collection, open: one });
  }
  collections.requireOne();
  return opened;
}
