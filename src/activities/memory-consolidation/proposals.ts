import type { Cluster } from '../../domain/consolidation/clusters.ts';
import type { JudgedPair } from '../../domain/consolidation/judge-pairs.ts';
import { type ConsolidatedMemory, pairName, type Verdict } from '../../domain/consolidation/memory.ts';
import type { ProposedCluster } from '../../state/proposals/store-clusters.ts';
import { digestOf } from './settings.ts';

/** Clusters as proposals: the line of the memory that stays comes first. */
export function proposedClusters(clusters: readonly Cluster[], terms: string): ProposedCluster[] {
  return clusters.map((cluster) => toProposal(cluster, 'proposed', terms));
}

/** The verdicts on pairs of one user, by `pairName`, and the clusters that follow from them. */
export interface Decided {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Verdicts that a model gave. */
  readonly byModel: ReadonlyMap<string, Verdict>;
  readonly clusters: readonly Cluster[];
}

/** Pairs that are kept for a person, the nearest of each memory, as far as no cluster has them. */
export function relatedPairs(
  memories: readonly ConsolidatedMemory[],
  pairs: readonly JudgedPair[],
  { verdicts, byModel, clusters }: Decided,
  terms: string,
): ProposedCluster[] {
  const taken = new Set(clusters.flatMap(({ survivor, members }) => [survivor, ...members]));
  const found: ProposedCluster[] = [];
  for (const pair of pairs.toSorted((a, b) => b.cosine - a.cosine || a.one - b.one || a.other - b.other)) {
    const [one, other] = [memories[pair.one], memories[pair.other]];
    if (one === undefined || other === undefined || taken.has(one) || taken.has(other)) continue;
    const name = pairName(one.id, other.id);
    if (verdicts.get(name) === 'different') continue;
    // The longer text stays, unless only the shorter one may not be removed.
    const [survivor, member] = one.content.length >= other.content.length ? [one, other] : [other, one];
    const ordered = member.pinned ? { survivor: member, member: survivor } : { survivor, member };
    if (ordered.member.pinned) continue;
    taken.add(one);
    taken.add(other);
    const decidedBy = byModel.has(name) ? 'model' : 'rules';
    found.push(toProposal({ survivor: ordered.survivor, members: [ordered.member], decidedBy }, 'related', terms));
  }
  return found;
}

function toProposal(
  { survivor, members, decidedBy }: Cluster,
  state: ProposedCluster['state'],
  terms: string,
): ProposedCluster {
  const all = [survivor, ...members];
  const ids = all.map(({ id }) => id);
  const data = digestOf(all.map(({ id, content }) => [id, content]));
  return {
    ...{ subject: JSON.stringify(ids.toSorted()), question: `${data}:${terms}`, state, asked: decidedBy === 'model' },
    content: {
      ...{ removed: members.map(({ id }) => id), added: [], categories: [], data },
      lines: all.map(({ id, content }) => ({ id, category: '', key: '', value: content })),
      changes: members.map((_, at) => ({ decidedBy, lines: [at + 2], reason: 'duplicate', by: 1, added: null })),
    },
  };
}

/** Pairs without those that a person has closed for all time, whatever cluster they would be part of. */
export function withoutNever(
  memories: readonly ConsolidatedMemory[],
  pairs: readonly JudgedPair[],
  never: readonly ReadonlySet<string>[],
): readonly JudgedPair[] {
  const has = (ids: ReadonlySet<string>, at: number) => ids.has(memories[at]?.id ?? '');
  return pairs.filter(({ one, other }) => !never.some((ids) => has(ids, one) && has(ids, other)));
}
