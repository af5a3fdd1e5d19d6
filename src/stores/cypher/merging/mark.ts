import { fenced, fenceParameters } from '../fence.ts';
import type { Parameters } from '../value.ts';
import type { Reading } from './read.ts';

/** A group in which a merge is made or taken apart, under the fence of its epoch. */
export interface Work extends Reading {
  readonly epoch: number;
}

/**
 * The node of the fence also holds how far the last merge of the group has come. Where each statement commits by itself, a
 * successor knows by it that a merge was made half, and finishes it.
 *
 *   none ── begin ──► merging ── finish ──► merged ── begin ──► parting ── finish ──► parted
 *                        └── what was read has changed ──► returning ── finish ──► returned
 */
export type MergeState = 'merging' | 'merged' | 'returning' | 'returned' | 'parting' | 'parted';

export function workParameters({ mapping, stored, epoch }: Work, more: Parameters = {}): Parameters {
  return { ...fenceParameters(mapping, stored, epoch), groups: [stored], ...more };
}

/** How far the merge of this mark has come; `null`: the group was not told of it, or of another since. */
export async function stateOf(work: Work, mark: string): Promise<MergeState | null> {
  const rows = await work.run(
    `${fenced} AND fence.merge = $mark RETURN fence.merge_state AS state`,
    workParameters(work, { mark }),
  );
  const state = rows[0]?.state;
  return states.find((one) => one === state) ?? null;
}

const states = ['merging', 'merged', 'returning', 'returned', 'parting', 'parted'] as const;

export async function setState(work: Work, mark: string, state: MergeState): Promise<void> {
  await work.run(
    `${fenced} SET fence.merge = $mark, fence.merge_state = $state RETURN fence.epoch AS epoch`,
    workParameters(work, { mark, state }),
  );
}
