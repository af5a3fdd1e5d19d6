import { graphStrategyOf } from '../../../activities/graph/strategies.ts';
import type { Parts } from '../../../assemble.ts';
import type { Config } from '../../../config/config.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';

export interface GraphReport {
  readonly graph: string;
  /** Where it is. */
  readonly place: string;
  /** Name of the program that computes communities and centrality. */
  readonly computed_by: string;
  /**
   * Number of items without a group, which are never touched; `null` where the store does not answer, or does not fit.
   */
  readonly unscoped: number | null;
  /** Problems, a sentence each. */
  readonly problems: readonly string[];
}

/** Compares a graph's mapping with what exists, for every job that works on it. Reads only. */
export async function graphReport({ config }: Pick<Parts, 'config'>, store: GraphStore): Promise<GraphReport> {
  const about = { graph: store.mapping.name, place: store.description };
  try {
    const found = await store.inspect();
    const problems = found.problems.length > 0 ? found.problems : await fieldProblems(config, store);
    const computed_by = store.compute.algorithms === null ? 'the worker' : 'Graph Data Science in the store';
    return { ...about, computed_by, unscoped: problems.length === 0 ? await store.census.unscoped() : null, problems };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...about, computed_by: 'unknown', unscoped: null, problems: [problem] };
  }
}

/** Of fields that only some jobs read. Sentences begin with the job that would refuse the graph, or find nothing in it. */
async function fieldProblems({ jobs }: Config, store: GraphStore): Promise<string[]> {
  const problems: string[] = [];
  for (const { job, collections } of jobs) {
    if (job.target !== 'graph' || !collections.includes(store.mapping.name)) continue;
    const { reads } = graphStrategyOf(job.id);
    if (reads === undefined) continue;
    const found = await store.inspectFields(reads);
    problems.push(...[...found.problems, ...found.empty].map((problem) => `${job.id}: ${problem}`));
  }
  return problems;
}
