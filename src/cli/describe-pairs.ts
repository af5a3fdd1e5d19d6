import type { PreviewedEstimateJson, PreviewedPairJson } from '../operations/runs/preview.ts';
import { printable, table } from './output.ts';

const mostShown = 50;

/** The error rate of the merges of each type, for people. */
export function describeEstimates(estimates: readonly PreviewedEstimateJson[]): string[] {
  const more = estimates.length - mostShown;
  const lines = estimates.slice(0, mostShown).map(({ group_id, type, merges, estimated_error_rate: rate }) => {
    const name = type === '' ? 'without a type' : printable(type);
    return `${printable(group_id)}, ${name}: ${merges} merges, ${describeErrorRate(rate)}`;
  });
  return lines.length === 0 ? [] : ['', ...lines, ...(more > 0 ? [`… and ${more} more types: --json shows them`] : [])];
}

export function describeErrorRate(rate: PreviewedEstimateJson['estimated_error_rate']): string {
  if (rate === null) return 'the error rate is not estimable: only entities that say the same are merged';
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  return `estimated error rate ${percent(rate.rate)}, between ${percent(rate.low)} and ${percent(rate.high)}`;
}

/** Pairs for people: those that would be merged first. */
export function describePairs(pairs: readonly PreviewedPairJson[]): string[] {
  if (pairs.length === 0) return [];
  const shown = pairs.toSorted((one, other) => (one.outcome < other.outcome ? -1 : 1)).slice(0, mostShown);
  const more = pairs.length - shown.length;
  return [
    '',
    ...table([
      ['group', 'type', 'outcome', 'stays', 'merged', 'bits', 'cosine', 'guard', 'evidence'],
      ...shown.map(({ group_id, type, outcome, survivor, loser, bits, guard, evidence }) => [
        printable(group_id).slice(0, 24),
        printable(type).slice(0, 20),
        outcome,
        `${printable(evidence.survivor_name).slice(0, 32)} (${printable(survivor).slice(0, 36)})`,
        `${printable(evidence.loser_name).slice(0, 32)} (${printable(loser).slice(0, 36)})`,
        bits === null ? '' : bits.toFixed(1),
        evidence.cosine === null ? '' : evidence.cosine.toFixed(2),
        guard ?? '',
        describeEvidence(evidence),
      ]),
    ]),
    ...(more > 0 ? [`… and ${more} more pairs: --json shows them`] : []),
  ];
}

export function describeEvidence({ same_name, agree, differ, model }: PreviewedPairJson['evidence']): string {
  const named = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what} ${names.map(printable).join(', ')}`];
  const judged = model === undefined ? [] : [`model: ${model.verdict}`, ...named('because', [model.reason ?? ''])];
  return [...(same_name ? ['same name'] : []), ...named('agree:', agree), ...named('differ:', differ), ...judged].join(
    '; ',
  );
}
