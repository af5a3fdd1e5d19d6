import type { ErrorEstimate } from './error-rate.ts';
import type { Guard } from './guards/guards.ts';
import type { NoModel } from './model/fellegi-sunter.ts';
import type { RegimeFinding } from './regime.ts';

export interface PairDecision {
  readonly one: number;
  readonly other: number;
  readonly outcome: 'merge' | 'relate';
  /** Log2 of the odds that the two are the same thing; `null` without a model. */
  readonly bits: number | null;
  /** Why the pair is not merged, or `null` where it is or its score is too low. */
  readonly guard: Guard | null;
}

export interface DuplicateDecisions {
  readonly model: 'learned' | NoModel;
  readonly regime: RegimeFinding | null;
  /** Pairs below it are not merged; `null`: only records that say the same are. */
  readonly cutoffBits: number | null;
  readonly estimate: ErrorEstimate;
  /** Pairs that are neither merged nor related are left alone and not listed. */
  readonly decisions: readonly PairDecision[];
  /** Records that are one thing: each holds against every other of its cluster. */
  readonly clusters: readonly (readonly number[])[];
}
