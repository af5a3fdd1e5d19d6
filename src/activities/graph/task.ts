import type { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GraphResult, GraphTask } from '../../compute/graph-task.ts';
import type { EntityResult, GraphResults } from '../../stores/ports/graph-store.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';
import type { GraphSettings, Recomputed } from './tools.ts';

/** What readers see now: the start of the search, and the ids that communities keep. */
export class PreviousCommunities {
  readonly #graph: EdgeListBuilder;
  readonly #communities: Int32Array<ArrayBuffer>;
  #next = 0;

  /** The graph has all its nodes. */
  constructor(graph: EdgeListBuilder) {
    this.#graph = graph;
    this.#communities = new Int32Array(graph.nodes).fill(-1);
  }

  add(entity: string, community: number): void {
    this.#next = Math.max(this.#next, community + 1);
    const number = this.#graph.numberOf(entity);
    if (number !== undefined) this.#communities[number] = community;
  }

  /** Above all ids that were ever given. */
  get next(): number {
    return this.#next;
  }

  /** By node, -1 for none; `null`: there are none at all. */
  get communities(): Int32Array<ArrayBuffer> | null {
    return this.#next === 0 ? null : this.#communities;
  }
}

/** Takes the graph's arrays and what was before, as `graph-recompute` is set up. */
export function graphTask(
  graph: EdgeListBuilder,
  previous: PreviousCommunities,
  settings: GraphSettings,
): Omit<GraphTask, 'previousHash'> {
  return {
    list: graph.finish(),
    directed: true,
    leiden: { seed: settings.seed, resolution: settings.resolution, maxIterations: settings.maxIterations },
    pageRank: { damping: settings.damping, maxIterations: settings.maxRankIterations, tolerance: settings.tolerance },
    previousCommunities: previous.communities,
    nextCommunityId: previous.next,
  };
}

/** A graph that has it is not computed again. */
export function hashToSkip({ parameters }: SweepTerms, standing: GraphResults | null): string | null {
  return parameters.recompute === 'always' ? null : (standing?.hash ?? null);
}

/** What was not computed, since it is what stands. */
export function asItStands({ cutoff }: SweepTerms, standing: GraphResults | null, hash: string): Recomputed {
  // Published by this very run, by a predecessor that died before it could say so: that is no less computed.
  const ours = standing?.computedAt.getTime() === cutoff.getTime();
  return { hash, communities: standing?.communities ?? 0, unchanged: !ours };
}

type Computed = Extract<GraphResult, { changed: true }>;

export function entityResults(ids: readonly string[], result: Computed, from = 0, count = ids.length): EntityResult[] {
  return ids.slice(from, from + count).map((entity, at) => ({
    entity,
    community: result.communities[from + at] ?? 0,
    centrality: result.ranks[from + at] ?? 0,
  }));
}
