import type { Verdict } from '../consolidation/memory.ts';
import type { ErrorRate } from './answers.ts';
import type { MergeKind } from './merge-record.ts';

/**
 * States of a pair.
 *
 *   proposed ── run ──► merged ── split ──► splitting ── run ──► never
 *   review ── accept ──► accepted ── run ──► merged ── undo ──► never
 *   any but merged ── never ──► never ── accept ──► accepted
 */
export const mergeStates = ['proposed', 'review', 'accepted', 'merged', 'splitting', 'never'] as const;
export type MergeStateName = (typeof mergeStates)[number];

/** Evidence for and against a pair. */
export interface MergeEvidence {
  readonly survivor_name: string;
  readonly loser_name: string;
  /** `null`: one of them has no vector. */
  readonly cosine: number | null;
  readonly same_name: boolean;
  readonly agree: readonly string[];
  readonly differ: readonly string[];
  /** Of two facts: the entities that they join. */
  readonly ends?: readonly string[];
  /** Of two facts: the share of words that they have in common, 0 to 1. */
  readonly likeness?: number;
  /** The verdict of a language model, where one judged the pair. */
  readonly model?: { readonly verdict: Verdict; readonly reason: string | null };
}

/** A pair as a preview shows it. */
export interface MergePreview {
  readonly kind: MergeKind;
  readonly group: string;
  readonly type: string;
  readonly survivor: string;
  readonly loser: string;
  readonly outcome: 'merge' | 'relate';
  readonly bits: number | null;
  readonly guard: string | null;
  readonly evidence: MergeEvidence;
}

/** Merges that a run would make of one type of a group, and the share that may be wrong, as a preview shows them. */
export interface MergeEstimate {
  readonly group: string;
  readonly type: string;
  readonly merges: number;
  /** `null`: not estimable, and only entities that say the same are merged. */
  readonly estimated_error_rate: ErrorRate | null;
}
