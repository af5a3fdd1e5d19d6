import type { MergeRecord } from '../../../domain/merging/merge-record.ts';
import type { Totals } from '../../../domain/run.ts';
import type { Step } from '../../sweep/sweepable.ts';

/** Part of a step: a pair was merged. */
export function mergedStep({
  moved,
  dropped,
}: MergeRecord): Step & { readonly removed: number; readonly totals: Totals } {
  const totals = { merged_entities: 1, moved_edges: moved.length, joined_edges: dropped.length };
  return { removed: 1, totals };
}
