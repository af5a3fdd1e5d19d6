import type { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GraphTask } from '../../compute/graph-task.ts';
import type { GraphResults } from '../../stores/ports/graph-compute.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';
import type { GraphSettings, Recomputed } from './tools.ts';

/** Communities that readers see now: the start of the search, and the ids that communities keep. */
export class PreviousCommunities {
  readonly #graph: EdgeListBuilder;
  readonly #communities: Int32Array<ArrayBuffer>;
  #next = 0;
  #known = 0;

  /** The graph has all its nodes. */
  constructor(graph: EdgeListBuilder) {
    this.#graph = graph;
    this.#communities = new Int32Array(graph.nodes).fill(-1);
  }

  add(entity: string, community: number): void {
    this.#next = Math.max(this.#next, community + 1);
    const number = this.#graph.numberOf(entity);
    if (number === undefined) return;
    if (this.#communities[number] === -1) this.#known += 1;
    this.#communities[number] = community;
  }

  /** Whether every entity has a result. The application may have deleted some: it replaces properties that it does not know. */
  get complete(): boolean {
    return this.#known === this.#communities.length;
  }

  /** Above all ids that were ever given. */
  get next(): number {
    return this.#next;
  }

  /** By node, -1 for none; `null`: there are none at all. */
  get communities(): Int32Array<ArrayBuffer> | null {
    return this.#next === 0 ? null : this.#communities;
  }

  /** By entity, for those that have one. `ids`: of the graph's nodes in their order. */
  seeds(ids: readonly string[]): ReadonlyMap<string, number> {
    const seeds = new Map<string, number>();
    for (const [number, id] of ids.entries()) {
      const community = this.#communities[number] ?? -1;
      if (community >= 0) seeds.set(id, community);
    }
    return seeds;
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

/** A graph with this hash is not computed again; `null`: it is computed in any case. */
export function hashToSkip(
  { parameters }: SweepTerms,
  standing: GraphResults | null,
  previous: PreviousCommunities,
): string | null {
  const asked = parameters.recompute === 'always' || parameters.scope === 'all';
  return asked || standing === null || !previous.complete ? null : standing.hash;
}

/** Returns the existing results for a group that was not computed again. */
export function asItStands({ cutoff }: SweepTerms, standing: GraphResults | null, hash: string): Recomputed {
  // Published by this very run, by a predecessor that died before it could say so: that is no less computed.
  const ours = standing?.computedAt.getTime() === cutoff.getTime();
  return { hash, communities: standing?.communities ?? 0, unchanged: !ours };
}
