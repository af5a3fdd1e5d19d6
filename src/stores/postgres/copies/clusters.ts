import type { Tx } from '../../../database/schema.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { markClusters } from '../../../state/proposals/proposed-merges.ts';
import type { Recall } from '../../ports/batch.ts';
import { harderToFind } from '../memories/recall.ts';
import type { LiveTable } from '../table.ts';
import type { Pair } from './judge-copies.ts';
import { type UnitedText, unitedTexts } from './rewrite.ts';

/** Pairs of a run that merges what proposals name, divided by what a search would find after the merge. */
export interface Measured {
  readonly kept: readonly Pair[];
  /** Pairs of clusters that are not merged, since a member would be harder to find. */
  readonly reverted: readonly Pair[];
  /** Texts that rows which stay receive, by their ids. */
  readonly united: ReadonlyMap<string, UnitedText>;
}

/**
 * Measures clusters under their locks, and records those that are not merged: they are not proposed again. A member of such a
 * cluster is found by searches again, so the others are measured once more.
 */
export async function measureClusters(
  tx: Tx,
  table: LiveTable,
  { runNo, rule, recall }: { readonly runNo: number; readonly rule: Rule; readonly recall?: Recall },
  pairs: readonly Pair[],
): Promise<Measured> {
  if (rule.kind !== 'consolidation') return { kept: pairs, reverted: [], united: new Map() };
  const united = await unitedTexts(tx, table, rule, pairs);
  let kept = pairs;
  for (;;) {
    const harder = recall?.harderToFind(kept) ?? (await harderToFind(tx, table, kept, united));
    if (harder.size === 0) break;
    const lost = new Set(kept.filter(({ id, survivor }) => harder.has(id) || harder.has(survivor)).map(clusterOf));
    kept = kept.filter((pair) => !lost.has(clusterOf(pair)));
  }
  const merged = new Set(kept);
  const reverted = pairs.filter((pair) => !merged.has(pair));
  await mark(tx, table, rule.states, reverted, 'reverted', runNo);
  return { kept, reverted, united };
}

/** Records clusters that were merged. */
export async function markMerged(
  tx: Tx,
  table: LiveTable,
  { runNo, rule }: { readonly runNo: number; readonly rule: Rule },
  removed: readonly Pair[],
): Promise<void> {
  if (rule.kind === 'consolidation') await mark(tx, table, rule.states, removed, 'applied', runNo);
}

export function countClusters(pairs: readonly Pair[]): number {
  return new Set(pairs.map(clusterOf)).size;
}

function clusterOf({ part, survivor }: Pair): string {
  return JSON.stringify([part, survivor]);
}

async function mark(
  tx: Tx,
  { mapping }: LiveTable,
  states: readonly string[],
  pairs: readonly Pair[],
  state: 'applied' | 'reverted',
  runNo: number,
): Promise<void> {
  const clusters = {
    ...{ collection: mapping.name, states },
    partitions: [...new Set(pairs.map(({ partition }) => partition))],
    survivors: [...new Set(pairs.map(({ survivor }) => survivor))],
  };
  await markClusters(tx, clusters, state, runNo);
}
