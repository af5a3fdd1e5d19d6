import { seededRandom } from '../random.ts';
import { decideByModel } from './by-model.ts';
import { decideByStatement } from './by-statement.ts';
import type { DuplicateDecisions } from './decisions.ts';
import { RecordGuards } from './guards/record-guards.ts';
import { Evidence } from './model/evidence.ts';
import { learnMatchModel } from './model/fellegi-sunter.ts';
import { describesSameThings, identifyingBits } from './model/identity.ts';
import { comparableColumns, levelTable, type RecordPairs } from './model/level-table.ts';
import type { DuplicateRecord } from './record.ts';
import { SameStatement } from './same-statement.ts';

export interface DecideOptions {
  /** The share of merges that may be wrong, by the upper bound of the estimate. */
  readonly maxErrorRate: number;
  /** `false` only to measure what the guards do. */
  readonly guards?: boolean;
}

const randomSeed = 14;
const leastRandomPairs = 2_000;

/** Decides which candidate pairs are the same thing. The records are in canonical order; see `record.ts`. */
export function decideDuplicates(
  records: readonly DuplicateRecord[],
  candidates: RecordPairs,
  { maxErrorRate, guards: on = true }: DecideOptions,
): DuplicateDecisions {
  const columns = comparableColumns(records);
  const table = levelTable(columns, candidates);
  const random = levelTable(columns, randomPairs(records.length, Math.max(leastRandomPairs, candidates.ones.length)));
  const identifying = identifyingBits(columns);
  const learned = learnMatchModel({ candidates: table, random, records: records.length });
  const refused = typeof learned !== 'string' && !describesSameThings(learned, identifying);
  const model = refused ? 'identities_differ' : learned;
  const same = new SameStatement(records, columns);
  const guards = new RecordGuards(records, columns, { hasModel: typeof model !== 'string', on });
  if (typeof model === 'string')
    return { model, ...decideByStatement({ records: records.length, table, guards, same }) };
  const evidence = new Evidence(columns, model);
  const input = { records: records.length, table, guards, same, evidence, identifying: on ? identifying : [] };
  return { model: 'learned', ...decideByModel(input, { maxErrorRate }) };
}

/** Pairs of different records, drawn with a fixed seed. */
function randomPairs(records: number, count: number): RecordPairs {
  const random = seededRandom(randomSeed);
  const drawn = records < 2 ? 0 : count;
  const ones = Int32Array.from({ length: drawn }, () => Math.floor(random() * records));
  const others = ones.map((one) => (one + 1 + Math.floor(random() * (records - 1))) % records);
  return { ones, others };
}
