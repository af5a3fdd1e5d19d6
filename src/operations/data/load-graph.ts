import type { GraphLine } from '../../stores/ports/graph-loading.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { type Context, installationOf } from '../context.ts';
import { graphOf } from '../groups/groups.ts';
import { readGraphLine } from './load/graph-line.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LineProblem, ProblemList } from './load/problem-list.ts';
import { NotLoadableError } from './load/target.ts';
import type { NumberedLine } from './load/write-accepted.ts';
import { writeGraphLines } from './load/write-graph-lines.ts';

export interface GraphLoadResult {
  readonly graph: string;
  /** Lines that were written, by type. */
  readonly loaded: Readonly<Record<GraphLine['type'], number>>;
  readonly failed_lines: number;
  /** The first of them. */
  readonly problems: readonly LineProblem[];
}

export interface GraphLoadOptions {
  readonly graph: string | null;
  readonly signal?: AbortSignal;
  /** Called with the lines written so far. */
  readonly onProgress?: (progress: { lines: number; loaded: number }) => void;
}

/** Lines that are written together. */
const batchLines = 1_000;

/**
 * Loads a graph from lines of JSON: documents and entities before what names them, since a graph database holds no edge
 * without its ends. Bad lines are reported by number, good ones load; what stands under the same id is replaced.
 */
export async function loadGraph(
  context: Context,
  source: AsyncIterable<InputLine>,
  options: GraphLoadOptions,
): Promise<GraphLoadResult> {
  await installationOf(context);
  const store = graphOf(context, options.graph);
  const load = loaderOf(store);
  const loaded = { document: 0, entity: 0, mention: 0, relation: 0, vector: 0 };
  const problems = new ProblemList();
  let batch: NumberedLine<GraphLine>[] = [];
  let written = 0;
  let number = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const done = await writeGraphLines(load, batch, problems, options.signal);
    for (const { type } of done) loaded[type] += 1;
    written += done.length;
    options.onProgress?.({ lines: number, loaded: written });
    batch = [];
  };
  for await (const line of source) {
    number += 1;
    options.signal?.throwIfAborted();
    if (typeof line === 'string' && line.trim() === '') continue;
    const reading = readGraphLine(line);
    if ('problem' in reading) problems.add(number, reading.problem);
    else batch.push({ number, line: reading.line });
    if (batch.length >= batchLines) await flush();
  }
  await flush();
  return { graph: store.mapping.name, loaded, failed_lines: problems.count, problems: problems.first() };
}

function loaderOf({ mapping, loading: { load } }: GraphStore) {
  if (load !== null) return load;
  const hint = 'Load into a graph of the default schema: graphs: {NAME: {}}.';
  throw new NotLoadableError(`graph '${mapping.name}' is the application's own`, hint);
}
