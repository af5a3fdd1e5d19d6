import type { ProblemList } from './problem-list.ts';
import { speaksOfData } from './write-batch.ts';

export interface NumberedLine<Line> {
  readonly number: number;
  readonly line: Line;
}

/**
 * Writes a batch and returns the lines that were written; lines that the store refuses become problems. The refused ones
 * are found by halving. A batch may be written again: what has the same id is replaced.
 */
export async function writeAccepted<Line>(
  load: (lines: readonly Line[]) => Promise<void>,
  batch: readonly NumberedLine<Line>[],
  problems: ProblemList,
  signal: AbortSignal | undefined,
): Promise<readonly Line[]> {
  if (batch.length === 0) return [];
  signal?.throwIfAborted();
  const lines = batch.map(({ line }) => line);
  try {
    await load(lines);
    return lines;
  } catch (error) {
    if (!speaksOfData(error)) throw error;
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) {
      problems.add(first.number, error.message);
      return [];
    }
    const middle = Math.ceil(batch.length / 2);
    const left = await writeAccepted(load, batch.slice(0, middle), problems, signal);
    return [...left, ...(await writeAccepted(load, batch.slice(middle), problems, signal))];
  }
}
