import { Clusters } from './clusters.ts';
import type { DuplicateDecisions, PairDecision } from './decisions.ts';
import { levels } from './fields/levels.ts';
import type { RecordGuards } from './guards/record-guards.ts';
import type { LevelTable } from './model/level-table.ts';
import type { SameStatement } from './same-statement.ts';

/**
 * Decides where the group teaches no model: records that say the same are merged. Records that are written almost
 * alike, or have one name and disagree, are related.
 */
export function decideByStatement({
  records,
  table,
  guards,
  same,
}: {
  readonly records: number;
  readonly table: LevelTable;
  readonly guards: RecordGuards;
  readonly same: SameStatement;
}): Omit<DuplicateDecisions, 'model'> {
  const holds = (one: number, other: number) => same.test(one, other) && guards.of(one, other) === null;
  const clusters = new Clusters(records, holds);
  const decisions: PairDecision[] = [];
  for (let pair = 0; pair < table.ones.length; pair++) {
    const [one, other] = [table.ones[pair] ?? 0, table.others[pair] ?? 0];
    if (holds(one, other)) clusters.join(one, other);
    const merged = clusters.together(one, other);
    if (!merged && !same.sameLabel(one, other) && !almostAlike(table, pair)) continue;
    const guard = merged ? null : guards.of(one, other);
    decisions.push({ one, other, outcome: merged ? 'merge' : 'relate', bits: null, guard });
  }
  const estimate = {
    status: 'not_estimable',
    decoys: { leftOut: 0, altered: 0, leftOutPassed: 0, alteredPassed: 0 },
  } as const;
  return { regime: null, cutoffBits: null, estimate, decisions, clusters: clusters.all() };
}

function almostAlike({ columns, levels: table }: LevelTable, pair: number): boolean {
  const found = table.subarray(pair * columns, (pair + 1) * columns);
  return found.some((level) => level >= levels.spelled) && found.every((level) => level < 0 || level >= levels.close);
}
