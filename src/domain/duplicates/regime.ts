import { proportionInterval } from './statistics.ts';

/**
 * `one_to_one`: a thing has two records at most, as where two lists without duplicates were joined. `many_copies`: things
 * have several records. `undetermined`: the data do not tell, and the rules of both hold.
 */
export type Regime = 'one_to_one' | 'many_copies' | 'undetermined';

export interface RegimeFinding {
  readonly regime: Regime;
  /** Records that have a probable match, and the share of them that have several. */
  readonly linkedRecords: number;
  readonly severalShare: number;
  readonly interval: readonly [low: number, high: number];
}

/** Two lists stay below this share: near misses are seldom as good as the best matches. Piles of copies lie above it. */
const severalBound = 0.08;
/**
 * Of the records with a probable match, the three quarters with the best ones are looked at: the weakest quarter has matches by
 * chance. A smaller part would miss piles: if a record has two copies that are equally changed, the worse one is among
 * the best three quarters of the better ones in a third of the cases, and among the best quarter in a fourteenth.
 */
const lookedAt = 0.75;
const leastRecords = 60;

/** By record: the bits of its best and its second best probable match, 0 where there is none. */
export function findRegime(best: Float64Array, second: Float64Array): RegimeFinding {
  const linked = best.filter((bits) => bits > 0).sort();
  const looked = Math.max(leastRecords, linked.length * lookedAt);
  const bound = linked[Math.max(0, Math.floor(linked.length - looked))] ?? 0;
  const records = best.filter((bits) => bits > 0 && bits >= bound).length;
  const several = second.filter((bits) => bits > 0 && bits >= bound).length;
  const interval = proportionInterval(several, records);
  const [low, high] = interval;
  const regime = high < severalBound ? 'one_to_one' : low > severalBound ? 'many_copies' : 'undetermined';
  return { regime, linkedRecords: records, severalShare: records === 0 ? 0 : several / records, interval };
}
