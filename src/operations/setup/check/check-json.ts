import type { CheckFinding } from './findings.ts';

export interface CheckJson {
  /** Without its secrets. */
  readonly database: string;
  readonly checked_at: string;
  readonly duration_ms: number;
  readonly collections: readonly CheckedCollection[];
  /** Measures that failed or for which no time was left. */
  readonly not_measured: readonly NotMeasured[];
  /** Tables that are not about knowledge, as far as their columns tell. */
  readonly other_tables: number;
}

export interface CheckedCollection {
  readonly name: string;
  readonly shape: string;
  readonly about: string;
  readonly table: string;
  readonly rows: number;
  /** On disk, with indexes; `null`: the store does not tell. */
  readonly bytes: number | null;
  /** Rows that came in each of the last eight weeks, the oldest first; `null`: nothing says when a row came. */
  readonly weeks: readonly number[] | null;
  readonly findings: readonly CheckFinding[];
}

export interface NotMeasured {
  readonly collection: string;
  readonly measure: string;
  readonly reason: string;
}
