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

/** Compares a graph's mapping with what is there. Reads only. */
export async function graphReport(store: GraphStore): Promise<GraphReport> {
  const about = { graph: store.mapping.name, place: store.description };
  try {
    const { problems } = await store.inspect();
    const computed_by = store.compute.algorithms === null ? 'the worker' : 'Graph Data Science in the store';
    return { ...about, computed_by, unscoped: problems.length === 0 ? await store.census.unscoped() : null, problems };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...about, computed_by: 'unknown', unscoped: null, problems: [problem] };
  }
}
