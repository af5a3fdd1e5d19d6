import type { GraphComputer } from '../../compute/graph-computer.ts';
import type { Parameters } from '../../jobs/job.ts';
import type { Model } from '../../language/model/port.ts';
import type { DuplicateFinder } from '../../similarity/duplicate-finder.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';

/** Tools for the recompute of groups. */
export interface GraphTools {
  readonly computer: GraphComputer;
  readonly finder: DuplicateFinder;
  /** Judges pairs that rules leave to a person; `null`: none is configured. */
  readonly model: Model | null;
  readonly modelName: string;
  /** So many recomputes at once in this worker, whatever asks for them. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  /** Those of `graph-recompute`, as configured. */
  settings(): Parameters;
}

export interface Recomputed {
  readonly hash: string;
  readonly communities: number;
  /** The graph and the settings are those of the results that stand: nothing was computed. */
  readonly unchanged: boolean;
}

export function settingsOf(tools: GraphTools, { parameters }: SweepTerms) {
  // A run of `graph-recompute` may have been given others.
  const of = { ...tools.settings(), ...parameters };
  return {
    algorithm: of.algorithm === 'louvain' ? ('louvain' as const) : ('leiden' as const),
    seed: Number(of.seed),
    resolution: Number(of.resolution),
    maxIterations: Number(of.max_iterations),
    damping: Number(of.damping),
    maxRankIterations: Number(of.max_rank_iterations),
    tolerance: Number(of.tolerance),
    maxNodes: Number(of.max_nodes),
    maxEdges: Number(of.max_edges),
  };
}

export type GraphSettings = ReturnType<typeof settingsOf>;
