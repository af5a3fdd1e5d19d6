import { availableParallelism } from 'node:os';
import type { ErrorEstimate } from '../../../domain/duplicates/error-rate.ts';
import { cosineOf, evidenceOf } from '../../../domain/merging/evidence.ts';
import type { MergeEvidence } from '../../../domain/merging/merge-state.ts';
import type { Parameters } from '../../../jobs/job.ts';
import { createDuplicateFinder, type DuplicateFinder } from '../../../similarity/duplicate-finder.ts';
import { vectorAt } from '../../../similarity/duplicate-task.ts';
import type { FoundDuplicates } from '../../../similarity/find-duplicates.ts';
import type { GraphMerging } from '../../../stores/ports/graph-merging.ts';
import { type ReadGroup, readGroup } from './read-group.ts';
import { settingsOf } from './settings.ts';

/** The merges that finding and deciding come to for entities of one type, with the estimated error rate. */
export interface CalibratedType {
  readonly type: string;
  readonly entities: number;
  /** `learned`, or why no model was learned. */
  readonly model: string;
  readonly regime: string | null;
  /** The score that pairs have to reach; `null`: only entities that say the same are merged. */
  readonly cutoffBits: number | null;
  /** Entities that would be merged into others. */
  readonly merges: number;
  readonly estimate: ErrorEstimate;
  /** Pairs whose scores are nearest to the cut-off, on both sides. */
  readonly border: readonly BorderPair[];
}

export interface BorderPair {
  readonly one: string;
  readonly other: string;
  readonly outcome: 'merge' | 'relate';
  readonly bits: number;
  readonly guard: string | null;
  readonly evidence: MergeEvidence;
}

const mostAtBorder = 20;

export interface Calibration {
  /** `null`: the group has more entities than `max_entities`. */
  readonly types: readonly CalibratedType[] | null;
}

/** Finds the duplicates of groups as a run would, and measures instead of merging. Reads only. */
export async function* calibrateGroups(
  merging: GraphMerging,
  groups: readonly string[],
  parameters: Parameters,
  signal: AbortSignal,
): AsyncGenerator<Calibration & { readonly group: string }> {
  const finder = createDuplicateFinder({ threads: Math.max(1, availableParallelism() - 1) });
  try {
    for (const group of groups) yield { group, ...(await calibrate(finder, merging, group, parameters, signal)) };
  } finally {
    await finder.close();
  }
}

async function calibrate(
  finder: DuplicateFinder,
  merging: GraphMerging,
  group: string,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<Calibration> {
  const { maxEntities, maxErrorRate } = settingsOf(parameters);
  const read = await readGroup(merging, group, maxEntities, signal);
  if (read.isTooLarge) return { types: null };
  const found = await finder.find({ ...read.task, maxErrorRate }, signal);
  const counts = Map.groupBy(read.task.records, ({ type }) => type);
  return { types: found.map((one) => calibratedType(read, one, counts.get(one.type)?.length ?? 0)) };
}

function calibratedType(read: ReadGroup, found: FoundDuplicates, entities: number): CalibratedType {
  const { type, model, regime, cutoffBits, clusters, estimate } = found;
  return {
    ...{ type, entities, model, regime: regime?.regime ?? null, cutoffBits, estimate },
    merges: clusters.reduce((sum, members) => sum + members.length - 1, 0),
    border: borderOf(read, found),
  };
}

function borderOf(read: ReadGroup, { merged, related, cutoffBits }: FoundDuplicates): BorderPair[] {
  const { records } = read.task;
  const places = new Map(records.map(({ key }, at) => [key, at]));
  const task = { ...read.task, maxErrorRate: 0 };
  const pairs = [
    ...merged.map((pair) => ({ ...pair, outcome: 'merge' as const })),
    ...related.map((pair) => ({ ...pair, outcome: 'relate' as const })),
  ].flatMap(({ bits, ...pair }) => (bits === null ? [] : [{ ...pair, bits }]));
  const distance = ({ bits }: { readonly bits: number }) => Math.abs(bits - (cutoffBits ?? 0));
  const nearest = pairs.sort((a, b) => distance(a) - distance(b) || (a.one < b.one ? -1 : 1)).slice(0, mostAtBorder);
  return nearest.flatMap((pair) => {
    const [one, other] = [places.get(pair.one) ?? -1, places.get(pair.other) ?? -1];
    const [left, right] = [records[one], records[other]];
    if (left === undefined || right === undefined) return [];
    return [{ ...pair, evidence: evidenceOf(left, right, cosineOf(vectorAt(task, one), vectorAt(task, other))) }];
  });
}
