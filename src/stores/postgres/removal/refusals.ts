import { sql } from 'kysely';
import { named } from '../../../database/error-text.ts';
import { sqlState } from '../../../database/errors.ts';
import type { Tx } from '../../../database/schema.ts';

/** Why the database refused to delete or to insert a row: codes and names of objects, never content of the row. */
export interface Refusal {
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint: string | null;
  readonly table: string | null;
}

/** Classes of SQLSTATE: triggered actions, data, constraints, exceptions of functions; and a row that was moved. */
const rowCodes = /^(09|22|23|27|44|P0)|^40001$/;

/**
 * The refusal, where it concerns single rows: a constraint, an exception of a trigger, a value that cannot be converted, or
 * a row that another transaction moved to another partition of its table. `null` for what concerns the whole statement.
 */
function refusalOf(error: unknown): Refusal | null {
  const code = sqlState(error);
  if (!(error instanceof Error) || code === null || !rowCodes.test(code)) return null;
  return { code, constraint: named(error, 'constraint'), table: named(error, 'table') };
}

export const isForeignKeyRefusal = ({ code }: Refusal): boolean => code === '23503' || code === '23001';

export type Attempt<T> =
  | { readonly done: true; readonly result: T }
  | { readonly done: false; readonly refusal: Refusal };

/**
 * Runs the work so that what the database refuses is taken back and the transaction goes on. `checkNow`: constraints that
 * are deferred to the end of the transaction are checked here, where it is known which rows they concern.
 */
export async function attempt<T>(tx: Tx, checkNow: boolean, work: () => Promise<T>): Promise<Attempt<T>> {
  await sql`savepoint coppice_attempt`.execute(tx);
  try {
    const result = await work();
    if (checkNow) await sql`set constraints all immediate`.execute(tx);
    await sql`release savepoint coppice_attempt`.execute(tx);
    return { done: true, result };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    await sql`rollback to savepoint coppice_attempt`.execute(tx);
    await sql`release savepoint coppice_attempt`.execute(tx);
    return { done: false, refusal };
  }
}

export interface Halves<Unit, T> {
  readonly results: readonly T[];
  readonly refused: readonly { readonly unit: Unit; readonly refusal: Refusal }[];
}

/** So many units refused one after the other, and none accepted: the cause is not in the rows. */
const mostInVain = 64;

/** Does the work on as many units at once as the database accepts, and finds by halving which it refuses. */
export async function inHalves<Unit, T>(
  tx: Tx,
  checkNow: boolean,
  units: readonly Unit[],
  work: (units: readonly Unit[]) => Promise<T>,
): Promise<Halves<Unit, T>> {
  const results: T[] = [];
  const refused: { unit: Unit; refusal: Refusal }[] = [];
  const waiting = units.length === 0 ? [] : [units];
  for (let some = waiting.pop(); some !== undefined; some = waiting.pop()) {
    const tried = await attempt(tx, checkNow, () => work(some));
    if (tried.done) {
      results.push(tried.result);
    } else if (some.length > 1 && !(results.length === 0 && refused.length >= mostInVain)) {
      const middle = Math.ceil(some.length / 2);
      waiting.push(some.slice(middle), some.slice(0, middle));
    } else {
      refused.push(...some.map((unit) => ({ unit, refusal: tried.refusal })));
    }
  }
  return { results, refused };
}
