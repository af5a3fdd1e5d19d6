import type { MergeRecord } from '../../../domain/merging/merge-record.ts';
import type { Step } from '../../sweep/sweepable.ts';

/** Part of a step: a pair was merged. */
export function mergedStep({
  kind,
  moved,
  dropped,
}: MergeRecord): Required<Pick<Step, 'removed' | 'recorded' | 'totals'>> {
  if (kind === 'fact') return { removed: 1, recorded: 1, totals: { merged_facts: 1 } };
  const totals = { merged_entities: 1, moved_edges: moved.length, joined_edges: dropped.length };
  return { removed: 1, recorded: 1, totals };
}
