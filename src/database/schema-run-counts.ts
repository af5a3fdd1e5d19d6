import type { RunKind, RunStatus } from '../domain/run.ts';

/** How many runs there are of a kind and status, kept by triggers. A row may stand at zero. */
export interface RunCountsTable {
  job: string;
  kind: RunKind;
  status: RunStatus;
  runs: number;
  /** Those that have begun and ended. */
  timed_runs: number;
  /** The durations of these, added up, in microseconds. */
  duration_us: number;
}

/** The totals of all runs of a job, added up by name, kept by triggers. */
export interface RunTotalsTable {
  job: string;
  name: string;
  /** Runs that have a total of this name. */
  runs: number;
  total: number;
}
