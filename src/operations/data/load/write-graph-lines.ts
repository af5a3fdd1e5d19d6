import type { GraphLine } from '../../../stores/ports/graph-loading.ts';
import type { ProblemList } from './problem-list.ts';
import { type NumberedLine, writeAccepted } from './write-accepted.ts';

type Load = (lines: readonly GraphLine[]) => Promise<void>;

const writeOrder: readonly GraphLine['type'][] = ['document', 'entity', 'vector', 'mention', 'relation'];

/** As `writeAccepted`, with nodes before edges, so that no half holds an edge whose ends only the other half has. */
export function writeGraphLines(
  load: Load,
  batch: readonly NumberedLine<GraphLine>[],
  problems: ProblemList,
  signal?: AbortSignal,
): Promise<readonly GraphLine[]> {
  const place = ({ line }: NumberedLine<GraphLine>) => writeOrder.indexOf(line.type);
  return writeAccepted(
    load,
    batch.toSorted((a, b) => place(a) - place(b)),
    problems,
    signal,
  );
}
