import type { Tx } from '../../database/schema.ts';
import type { Totals } from '../../domain/run.ts';
import { underLease } from '../under-lease.ts';
import type { StageWork } from './types.ts';

export const batchRows = 5_000;

/** One transaction under the run's lease; what it did is counted in it. */
export function batch<T>(
  { deps, run }: StageWork,
  work: (tx: Tx) => Promise<{ readonly did: Totals; readonly result: T }>,
): Promise<T> {
  return underLease(deps, run, work);
}

/** Repeats a batch that says how many it did until one finds less than a whole one. */
export async function* untilFewer(work: () => Promise<number>): AsyncGenerator<null> {
  for (;;) {
    const did = await work();
    if (did > 0) yield null;
    if (did < batchRows) return;
  }
}
