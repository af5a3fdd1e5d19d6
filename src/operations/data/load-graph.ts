import type { GraphLine } from '../../stores/ports/graph-loading.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { type Context, installationOf } from '../context.ts';
import { graphOf } from '../groups/groups.ts';
import { graphLineLoader } from './load/graph-line-loader.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LoadOptions, loadLines } from './load/load-lines.ts';
import type { LineProblem } from './load/problem-list.ts';
import { NotLoadableError } from './load/target.ts';

export interface GraphLoadResult {
  readonly graph: string;
  /** Lines that were written, by type. */
  readonly loaded: Readonly<Record<GraphLine['type'], number>>;
  readonly failed_lines: number;
  /** The first of them. */
  readonly problems: readonly LineProblem[];
}

export interface GraphLoadOptions extends LoadOptions {
  readonly graph: string | null;
}

/** Loads a graph from lines of JSON. Bad lines are reported by number, good ones load; an item with the same id is replaced. */
export async function loadGraph(
  context: Context,
  source: AsyncIterable<InputLine>,
  { graph, ...options }: GraphLoadOptions,
): Promise<GraphLoadResult> {
  await installationOf(context);
  const store = graphOf(context, graph);
  const load = loaderOf(store);
  const loaded = { document: 0, entity: 0, mention: 0, relation: 0, vector: 0 };
  const loader = graphLineLoader(load, (lines) => {
    for (const { type } of lines) loaded[type] += 1;
  });
  const { problems } = await loadLines(source, loader, options);
  return { graph: store.mapping.name, loaded, failed_lines: problems.count, problems: problems.first() };
}

function loaderOf({ mapping, loading: { load } }: GraphStore) {
  if (load !== null) return load;
  const hint = 'Load into a graph of the default schema: graphs: {NAME: {}}.';
  throw new NotLoadableError(`graph '${mapping.name}' is the application's own`, hint);
}
