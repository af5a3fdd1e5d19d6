import type { ProblemList } from './problem-list.ts';
import { speaksOfData } from './write-batch.ts';

export interface NumberedLine<Line> {
  readonly number: number;
  readonly line: Line;
}

/** Writes lines; returns those that it left out, each with the reason. */
export type WriteLines<Line> = (lines: readonly Line[]) => Promise<ReadonlyMap<Line, string>>;

/**
 * Writes a batch and returns the lines that were written; lines that the store refuses become problems. The refused ones
 * are found by halving. A batch may be written again: what has the same id is replaced.
 */
export async function writeAccepted<Line>(
  write: WriteLines<Line>,
  batch: readonly NumberedLine<Line>[],
  problems: ProblemList,
  signal: AbortSignal | undefined,
): Promise<readonly Line[]> {
  if (batch.length === 0) return [];
  signal?.throwIfAborted();
  try {
    const leftOut = await write(batch.map(({ line }) => line));
    for (const { number, line } of batch) {
      const reason = leftOut.get(line);
      if (reason !== undefined) problems.add(number, reason);
    }
    return batch.flatMap(({ line }) => (leftOut.has(line) ? [] : [line]));
  } catch (error) {
    if (!speaksOfData(error)) throw error;
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) {
      problems.add(first.number, error.message);
      return [];
    }
    const middle = Math.ceil(batch.length / 2);
    const left = await writeAccepted(write, batch.slice(0, middle), problems, signal);
    return [...left, ...(await writeAccepted(write, batch.slice(middle), problems, signal))];
  }
}
