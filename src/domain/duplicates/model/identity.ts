import type { Column } from '../fields/column.ts';
import { levelCount, levels } from '../fields/levels.ts';
import type { MatchModel } from './fellegi-sunter.ts';

/** A column identifies if it tells as much as twenty equally frequent values, and half of the records have one. */
const leastIdentifyingBits = Math.log2(20);
const leastFilledShare = 0.5;
/** So much of what identifies agrees among things that are the same, on average. */
const leastAgreement = 0.6;
/** An identifying column that agrees so seldom, or hardly oftener than among other pairs, agrees by chance. */
const chanceAgreement = 0.1;
const leastRatio = 2;
/** So much of what identifies must not agree by chance. */
const mostByChance = 0.15;
/** Two records of which more of what identifies is different are not merged. */
const mostContradicted = 1 / 3;

/** By column: how many bits its values tell, or 0 where it does not identify. */
export function identifyingBits(columns: readonly Column[]): number[] {
  return columns.map(({ values, filled, of }) => {
    const repeats = values.reduce((sum, { count }) => sum + (count / filled) ** 2, 0);
    const bits = -Math.log2(repeats);
    return bits >= leastIdentifyingBits && filled >= leastFilledShare * of.length ? bits : 0;
  });
}

/**
 * Whether what the model learned to tell apart are things that are the same. In a group without duplicates the most
 * similar pairs are members of one family, tracks of one album, tenants of one house: what they share is regular, and so
 * is what they do not share, the very properties that identify them.
 */
export function describesSameThings({ matches, others }: MatchModel, identifying: readonly number[]): boolean {
  const total = identifying.reduce((sum, bits) => sum + bits, 0);
  if (total === 0) return true;
  let [agreed, byChance] = [0, 0];
  identifying.forEach((bits, column) => {
    const share = (of: Float64Array, from: number) =>
      of.subarray(column * levelCount + from, (column + 1) * levelCount).reduce((sum, part) => sum + part, 0);
    agreed += bits * share(matches, levels.contained);
    const chance = Math.max(chanceAgreement, leastRatio * share(others, levels.close));
    if (share(matches, levels.close) < Math.min(0.5, chance)) byChance += bits;
  });
  return agreed >= leastAgreement * total && byChance < mostByChance * total;
}

/** Whether too much of what identifies two records differs. */
export function contradicted(identifying: readonly number[], levelOf: (column: number) => number): boolean {
  let [compared, different] = [0, 0];
  identifying.forEach((bits, column) => {
    const level = levelOf(column);
    if (bits === 0 || level === levels.missing) return;
    compared += bits;
    if (level === levels.different) different += bits;
  });
  return different > mostContradicted * compared;
}
