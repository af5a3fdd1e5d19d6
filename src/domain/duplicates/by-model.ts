import { Clusters } from './clusters.ts';
import { Components } from './components.ts';
import { chooseCutoff, type Step } from './cutoff.ts';
import type { DuplicateDecisions, PairDecision } from './decisions.ts';
import { alterNearMisses, noneAltered, takeMatchesAway } from './decoys.ts';
import { canEstimate, type Decoys } from './error-rate.ts';
import type { Guard } from './guards/guards.ts';
import { linkBits, relateBits, ScoredPairs, type ScoringInput } from './scored-pairs.ts';

const linkProbability = 0.9;

/**
 * Decides by the evidence of the group's own model: clusters grow from the surest pair down to the lowest score at which
 * the error rate can still be bounded.
 */
export function decideByModel(
  input: ScoringInput,
  { maxErrorRate }: { readonly maxErrorRate: number },
): Omit<DuplicateDecisions, 'model'> {
  const scored = new ScoredPairs(input);
  const { clusters: linked, merged } = sameStatements(input, scored);
  const steps = grow(input, scored, linked, linkBits);
  const { cutoff, estimate } = chooseCutoff(steps, decoysOf(input, scored, linked), maxErrorRate, merged);
  const { clusters } = sameStatements(input, scored);
  if (cutoff !== null) grow(input, scored, clusters, cutoff);
  return {
    ...{ regime: scored.regime, cutoffBits: cutoff, estimate },
    decisions: decisionsOf(input, scored, clusters, cutoff),
    clusters: clusters.all(),
  };
}

/** Clusters of records that say the same: they need no score. */
function sameStatements({ records, same }: ScoringInput, scored: ScoredPairs): { clusters: Clusters; merged: number } {
  const clusters = new Clusters(records, (one, other) => scored.hold(one, other));
  let merged = 0;
  for (let pair = 0; pair < scored.bits.length; pair++) {
    const [one, other] = scored.recordsOf(pair);
    if (scored.guardOf(pair) === null && same.test(one, other)) merged += clusters.join(one, other);
  }
  return { clusters, merged };
}

function grow({ guards }: ScoringInput, scored: ScoredPairs, clusters: Clusters, cutoff: number): Step[] {
  return pairsByBits(scored.bits, cutoff).flatMap((pair) => {
    const [one, other] = scored.recordsOf(pair);
    if (scored.guardOf(pair) !== null || !guards.haveVectors(one, other)) return [];
    const probability = scored.probability(pair);
    const merged = probability < linkProbability ? 0 : clusters.join(one, other);
    if (merged === 0) return [];
    return [{ bits: scored.bits[pair] ?? 0, merged, expectedErrors: merged * (1 - probability) }];
  });
}

/** The highest first, and by place where scores are equal. */
function pairsByBits(bits: Float64Array, least: number): number[] {
  const chosen: number[] = [];
  for (let pair = 0; pair < bits.length; pair++) if ((bits[pair] ?? 0) >= least) chosen.push(pair);
  return chosen.sort((one, other) => (bits[other] ?? 0) - (bits[one] ?? 0) || one - other);
}

function decoysOf({ records, evidence }: ScoringInput, scored: ScoredPairs, linked: Clusters): Decoys {
  const { bits, columnBits, table, compete, rivals } = scored;
  // Where things have many copies, whatever a chain of likely pairs connects may be one thing: no pair of it is a near miss.
  const connected = new Components(records);
  for (let pair = 0; pair < bits.length; pair++) {
    if (!compete && (bits[pair] ?? 0) >= relateBits) connected.connect(...scored.recordsOf(pair));
  }
  const matched = new Uint8Array(records);
  for (const record of linked.all().flat()) matched[record] = 1;
  const source = {
    ...{ records, pairs: table, bits, matched },
    isNearMiss: (pair: number) =>
      scored.guardOf(pair) === null && !(compete ? linked : connected).together(...scored.recordsOf(pair)),
    ...{ columns: table.columns, columnBits, priorBits: evidence.priorBits },
    bitsToBeat: (record: number) => (compete ? rivals.bitsToBeat(record) : linkBits),
  };
  const leftOut = takeMatchesAway(source);
  return {
    leftOut,
    altered: canEstimate(leftOut) ? alterNearMisses(source) : noneAltered,
    // Where pairs compete, a wrong one joins two records of which neither has its match.
    exposed: compete ? (records - leftOut.count) ** 2 / records : records,
    seenBelow: compete ? Number.POSITIVE_INFINITY : relateBits,
  };
}

function decisionsOf(
  { guards, same }: ScoringInput,
  scored: ScoredPairs,
  clusters: Clusters,
  cutoff: number | null,
): PairDecision[] {
  const decisions: PairDecision[] = [];
  scored.bits.forEach((bits, pair) => {
    const [one, other] = scored.recordsOf(pair);
    const merged = clusters.together(one, other);
    if (!merged && bits < relateBits && !same.sameLabel(one, other)) return;
    const guard = merged ? null : (scored.guardOf(pair) ?? whyNot(pair, bits));
    decisions.push({ one, other, outcome: merged ? 'merge' : 'relate', bits, guard });
  });
  return decisions;

  function whyNot(pair: number, bits: number): Guard | null {
    if (bits < linkBits) return null;
    if (!guards.haveVectors(...scored.recordsOf(pair))) return 'no_vector';
    if (scored.probability(pair) < linkProbability) return 'ambiguous';
    return cutoff === null || bits < cutoff ? 'error_rate' : 'chain';
  }
}
