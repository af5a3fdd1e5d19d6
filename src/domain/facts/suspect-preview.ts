import type { InvalidationSign } from './invalidations.ts';

/** A fact that a run would restore, with what speaks for that, as a preview shows it. */
export interface SuspectPreview {
  readonly group: string;
  readonly id: string;
  readonly text: string;
  readonly relation: string;
  readonly source: string;
  readonly target: string;
  readonly sign: InvalidationSign;
  readonly evidence: SuspectEvidence;
}

export interface SuspectEvidence {
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  readonly retired_at: string | null;
  /** Retired facts of the group that carry the same time stamp. */
  readonly sharing_stamp: number;
  /** The fact that holds since the instant at which this one was retired. */
  readonly replacement: { readonly id: string; readonly text: string } | null;
}
