import { compareCopies } from '../rules/dedup.ts';
import type { JudgedPair } from './judge-pairs.ts';
import { type ConsolidatedMemory, pairName, type Verdict } from './memory.ts';
import { isContainedIn, saysTheSame } from './restatement.ts';

/** Memories of which one stays and the others are merged into it. */
export interface Cluster {
  readonly survivor: ConsolidatedMemory;
  readonly members: readonly ConsolidatedMemory[];
  /** `model` where any of its pairs needed one. */
  readonly decidedBy: 'rules' | 'model';
}

/** A cluster with more members is no restatement any more. */
const mostMembers = 10;

/**
 * Clusters of pairs that are the same. Every pair of a cluster is: there are no chains. The memory that stays contains every
 * word of each member; of several that do, the pinned one stays, then the one with the highest score, then the oldest. A
 * pinned memory is never removed.
 */
export function clustersOf(
  memories: readonly ConsolidatedMemory[],
  pairs: readonly JudgedPair[],
  verdicts: ReadonlyMap<string, Verdict>,
): Cluster[] {
  const same = new Map<ConsolidatedMemory, Set<ConsolidatedMemory>>();
  const byModel = new Set<string>();
  for (const { one: left, other: right, byRules } of pairs) {
    const [one, other] = [memories[left], memories[right]];
    if (one === undefined || other === undefined) continue;
    const name = pairName(one.id, other.id);
    if (verdicts.get(name) !== 'same') continue;
    if (byRules === 'open') byModel.add(name);
    (same.get(one) ?? same.set(one, new Set()).get(one))?.add(other);
    (same.get(other) ?? same.set(other, new Set()).get(other))?.add(one);
  }
  const taken = new Set<ConsolidatedMemory>();
  const clusters: Cluster[] = [];
  const inOrder = [...same.keys()].sort(compareMemories);
  for (const survivor of inOrder) {
    if (taken.has(survivor)) continue;
    const members: ConsolidatedMemory[] = [];
    for (const member of [...(same.get(survivor) ?? [])].sort(compareMemories)) {
      if (members.length === mostMembers || taken.has(member) || member.pinned) continue;
      if (!maySurvive(survivor, member)) continue;
      if (members.every((one) => same.get(one)?.has(member) === true)) members.push(member);
    }
    if (members.length === 0) continue;
    for (const one of [survivor, ...members]) taken.add(one);
    const names = pairsOf([survivor, ...members]);
    clusters.push({ survivor, members, decidedBy: names.some((name) => byModel.has(name)) ? 'model' : 'rules' });
  }
  return clusters;
}

function maySurvive(survivor: ConsolidatedMemory, member: ConsolidatedMemory): boolean {
  return saysTheSame(survivor.content, member.content) || isContainedIn(member.content, survivor.content);
}

function pairsOf(all: readonly ConsolidatedMemory[]): string[] {
  return all.flatMap((one, at) => all.slice(at + 1).map((other) => pairName(one.id, other.id)));
}

function compareMemories(one: ConsolidatedMemory, other: ConsolidatedMemory): number {
  const asCompared = (memory: ConsolidatedMemory) => ({ ...memory, contentHash: null });
  return compareCopies(asCompared(one), asCompared(other));
}
