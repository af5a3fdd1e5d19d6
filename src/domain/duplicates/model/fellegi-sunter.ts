/**
 * The model of Fellegi and Sunter (1969), learned without labels by expectation maximisation: each column's levels of
 * agreement have one distribution among pairs that are the same thing and another among pairs that are not.
 */
import { levelCount, levels } from '../fields/levels.ts';
import type { LevelTable } from './level-table.ts';

export interface MatchModel {
  /** By column and level: the evidence in bits, log2 of how much likelier it is among pairs that are the same. */
  readonly weights: Float64Array;
  /** The share of candidate pairs that are the same thing. */
  readonly prior: number;
  /** By column and level: its share among pairs that are the same, and among the others. */
  readonly matches: Float64Array;
  readonly others: Float64Array;
}

/** Why the pairs of a group teach nothing. */
export type NoModel =
  | 'one_property'
  | 'no_candidates'
  | 'prior_at_bound'
  | 'no_difference'
  | 'switched_labels'
  | 'identities_differ';

const iterations = 60;
const leastIterations = 6;
const converged = 1e-5;
/** Counts that every level starts with, so that none is impossible. */
const smoothing = 0.5;
const startPrior = 0.02;
const priorBounds = [1e-5, 0.98] as const;
/** Less evidence than this in an average pair of duplicates does not tell two kinds of pairs apart. */
const leastBits = 4;
/** Of pairs that are the same, from `different` to `equal`: where learning starts. */
const startOfMatches = [0.04, 0.02, 0.04, 0.06, 0.14, 0.7];

type Shares = Float64Array<ArrayBuffer>;

export interface LearningPairs {
  readonly candidates: LevelTable;
  /** Pairs of records drawn at random, which are not the same thing. */
  readonly random: LevelTable;
  readonly records: number;
}

/**
 * Learns from candidates and random pairs. While it learns, candidates of one record compete: together they count as one
 * match at most. Without that, the largest group of similar pairs (all restaurants of one city) would pass for matches.
 */
export function learnMatchModel(pairs: LearningPairs, competing = true, start?: MatchModel): MatchModel | NoModel {
  const { candidates } = pairs;
  const count = candidates.ones.length;
  if (candidates.columns < 2) return 'one_property';
  if (count < 2) return 'no_candidates';
  const posterior = new Float64Array(count);
  let matches: Shares = Float64Array.from(
    { length: candidates.columns * levelCount },
    (_, at) => startOfMatches[at % levelCount] ?? 0,
  );
  let others = sharesOf(candidates.columns, [candidates], () => 1);
  let weights = start?.weights ?? weightsOf(matches, others);
  let prior = start?.prior ?? startPrior;
  for (let round = 0; round < iterations; round++) {
    expect(pairs, { weights, prior }, competing, posterior);
    const next = posterior.reduce((sum, probability) => sum + probability, 0) / count;
    const moved = Math.abs(next - prior);
    prior = Math.min(priorBounds[1], Math.max(priorBounds[0], next));
    matches = sharesOf(candidates.columns, [candidates], (pair) => posterior[pair] ?? 0);
    others = sharesOf(candidates.columns, [candidates, pairs.random], (pair, table) =>
      table === candidates ? 1 - (posterior[pair] ?? 0) : 1,
    );
    weights = weightsOf(matches, others);
    if (moved < converged && round >= leastIterations) break;
  }
  if (prior <= priorBounds[0] || prior >= priorBounds[1]) return 'prior_at_bound';
  const ordered = monotone(weights);
  const information = ordered.reduce((sum, bits, at) => sum + (matches[at] ?? 0) * bits, 0);
  if (information < -leastBits) return 'switched_labels';
  if (information < leastBits) return 'no_difference';
  return { weights: ordered, prior, matches, others };
}

/** How probably each candidate is a match. */
function expect(
  { candidates, records }: LearningPairs,
  { weights, prior }: Pick<MatchModel, 'weights' | 'prior'>,
  competing: boolean,
  posterior: Float64Array,
): void {
  const { ones, others } = candidates;
  const priorBits = Math.log2(prior / (1 - prior));
  const rivals = new Float64Array(records);
  for (let pair = 0; pair < posterior.length; pair++) {
    const odds = 2 ** (priorBits + bitsOf(candidates, pair, weights));
    posterior[pair] = odds;
    for (const record of [ones[pair] ?? 0, others[pair] ?? 0]) rivals[record] = (rivals[record] ?? 0) + odds;
  }
  for (let pair = 0; pair < posterior.length; pair++) {
    const odds = posterior[pair] ?? 0;
    const all = competing ? Math.max(rivals[ones[pair] ?? 0] ?? 0, rivals[others[pair] ?? 0] ?? 0) : odds;
    posterior[pair] = odds / (1 + all);
  }
}

function bitsOf({ columns, levels: table }: LevelTable, pair: number, weights: Float64Array): number {
  let bits = 0;
  for (let column = 0; column < columns; column++) {
    const level = table[pair * columns + column] ?? levels.missing;
    if (level !== levels.missing) bits += weights[column * levelCount + level] ?? 0;
  }
  return bits;
}

/** By column: the share of each level, among pairs weighted by what they probably are. */
function sharesOf(
  columns: number,
  tables: readonly LevelTable[],
  weightOf: (pair: number, table: LevelTable) => number,
): Shares {
  const counts = new Float64Array(columns * levelCount).fill(smoothing);
  for (const table of tables) {
    for (let pair = 0; pair < table.ones.length; pair++) {
      const weight = weightOf(pair, table);
      if (weight === 0) continue;
      for (let column = 0; column < columns; column++) {
        const level = table.levels[pair * columns + column] ?? levels.missing;
        if (level === levels.missing) continue;
        const at = column * levelCount + level;
        counts[at] = (counts[at] ?? 0) + weight;
      }
    }
  }
  for (let column = 0; column < columns; column++) {
    const part = counts.subarray(column * levelCount, (column + 1) * levelCount);
    const total = part.reduce((sum, count) => sum + count, 0);
    for (let level = 0; level < levelCount; level++) part[level] = (part[level] ?? 0) / total;
  }
  return counts;
}

function weightsOf(matches: Shares, others: Shares): Shares {
  return matches.map((share, at) => Math.log2(share / (others[at] ?? 1)));
}

/** More agreement is never less evidence: levels that a few pairs taught the wrong way round share their mean. */
function monotone(weights: Float64Array): Float64Array {
  const result = Float64Array.from(weights);
  for (let first = 0; first < weights.length; first += levelCount) {
    const blocks: { sum: number; size: number }[] = [];
    for (let level = 0; level < levelCount; level++) {
      blocks.push({ sum: weights[first + level] ?? 0, size: 1 });
      for (;;) {
        const [before, last] = [blocks.at(-2), blocks.at(-1)];
        if (before === undefined || last === undefined || before.sum / before.size <= last.sum / last.size) break;
        blocks.splice(-2, 2, { sum: before.sum + last.sum, size: before.size + last.size });
      }
    }
    let at = first;
    for (const { sum, size } of blocks) for (let step = 0; step < size; step++) result[at++] = sum / size;
  }
  return result;
}
