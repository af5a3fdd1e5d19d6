import type { Generated } from 'kysely';

/** Holds of rules other than the expiry date. */
export interface RuleHoldsTable {
  collection: string;
  row_id: string;
  /** The rule that a hold exempts from, by its kind. */
  rule: string;
  partition: string;
  /** The values that the rule read of the row when it was restored; when that changes, the hold no longer counts. */
  state: string;
  run_id: string;
  created_at: Generated<Date>;
}

/** The scores of memories that have begun to decay. */
export interface DecayBasesTable {
  collection: string;
  row_id: string;
  score: number;
  counted_from: Date;
  accessed_at: Date;
  /** The score as the application's column returned it when it was written. */
  stored: string;
  /** Cutoff of the run that wrote it. */
  written_at: Date;
  /** The score before the latest decay; null where nothing was written then. */
  score_before: number | null;
}
