import type { GraphLine } from '../../../stores/ports/graph-loading.ts';
import { readGraphLine } from './graph-line.ts';
import type { LineLoader } from './load-lines.ts';

/** Nodes before edges: a graph database holds no edge without its ends, and no half of a batch may do so either. */
const writeOrder: readonly GraphLine['type'][] = ['document', 'entity', 'vector', 'mention', 'relation'];

export function graphLineLoader(
  load: (lines: readonly GraphLine[]) => Promise<void>,
  onWritten: (lines: readonly GraphLine[]) => void,
): LineLoader<GraphLine> {
  return {
    read: readGraphLine,
    write: async (lines) => {
      await load(lines);
      return new Map();
    },
    order: (a, b) => writeOrder.indexOf(a.type) - writeOrder.indexOf(b.type),
    onWritten,
  };
}
