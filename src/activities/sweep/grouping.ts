import { nextBatchSize } from '../../domain/batch-size.ts';
import type { RunPartition } from '../../state/runs/run-partitions.ts';
import { batchSizeOf } from './batch-size.ts';
import type { SweepDeps } from './deps.ts';
import type { OpenSweepable } from './sweepable.ts';
import type { DrainInput } from './types.ts';

const mostPartitions = 1_000;

/**
 * Partitions that come next and are small enough to share transactions: what a partition costs, its locks, its
 * checkpoint, its commit, is then paid once for all of them. A partition that was worked on before is handled alone, so
 * that a fault is found in its own partition.
 */
export class Grouping {
  readonly #set: number | null;
  #size: number;

  constructor(deps: SweepDeps, input: DrainInput) {
    const { set, start } = batchSizeOf(deps, input.run);
    this.#set = set;
    this.#size = start;
  }

  next(rows: readonly RunPartition[], from: number, mostRows: number | null): RunPartition[] {
    const group: RunPartition[] = [];
    let [due, held] = [0, 0];
    for (const row of rows.slice(from, from + mostPartitions)) {
      due += row.due;
      held += row.rows;
      if (due > this.#size || (mostRows !== null && held > mostRows)) break;
      if (!isFresh(row) || row.collection !== (group[0] ?? row).collection) break;
      group.push(row);
    }
    return group;
  }

  took(rows: readonly RunPartition[], elapsedMs: number, { work: { steadyBatches } }: OpenSweepable): void {
    if (this.#set !== null || steadyBatches === true) return;
    const due = rows.reduce((sum, row) => sum + row.due, 0);
    this.#size = nextBatchSize(this.#size, due, elapsedMs);
  }
}

function isFresh(row: RunPartition): boolean {
  return row.state === 'waiting' && row.crashes === 0 && row.progress === 0;
}
