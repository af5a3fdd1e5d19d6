import type { GraphLine } from '../../../stores/ports/graph-loading.ts';
import type { ProblemList } from './problem-list.ts';
import { speaksOfData } from './write-batch.ts';

export interface NumberedLine {
  readonly number: number;
  readonly line: GraphLine;
}

type Load = (lines: readonly GraphLine[]) => Promise<void>;

const writeOrder: readonly GraphLine['type'][] = ['document', 'entity', 'vector', 'mention', 'relation'];

/**
 * Writes a batch and returns the lines that were written; lines that the store refuses become problems. The refused ones
 * are found by halving, with nodes before edges, so that no half holds an edge whose ends only the other half has.
 */
export function writeGraphLines(
  load: Load,
  batch: readonly NumberedLine[],
  problems: ProblemList,
  signal?: AbortSignal,
): Promise<readonly GraphLine[]> {
  const place = ({ line }: NumberedLine) => writeOrder.indexOf(line.type);
  return write(
    load,
    batch.toSorted((a, b) => place(a) - place(b)),
    problems,
    signal,
  );
}

/** A batch may be written again: what stands under the same id is replaced. */
async function write(
  load: Load,
  batch: readonly NumberedLine[],
  problems: ProblemList,
  signal: AbortSignal | undefined,
): Promise<readonly GraphLine[]> {
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
    const left = await write(load, batch.slice(0, middle), problems, signal);
    return [...left, ...(await write(load, batch.slice(middle), problems, signal))];
  }
}
