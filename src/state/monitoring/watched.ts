import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { putMeasurement } from './measurements.ts';

/** The note of a check about one schedule. */
export interface ScheduleNote {
  readonly job: string;
  /** `null`: it runs. */
  readonly paused_since: string | null;
  /** Starts that Temporal took, in all. */
  readonly taken: number;
  /** Starts that Temporal had skipped or missed, in all, when it took the last one. */
  readonly passed_over_before: number;
  /** Starts that Temporal skipped or missed since then. */
  readonly skipped_starts: number;
}

/** By id of the schedule. */
export type ScheduleNotes = Readonly<Record<string, ScheduleNote>>;

/** Findings of the last health check about jobs that may have stopped silently, for the next check and for metrics. */
export interface Watched {
  readonly schedules: ScheduleNotes;
  /** Runs that are paused in Temporal; `null`: it could not be asked. */
  readonly paused_runs: number | null;
  /** Rows that a job cannot judge, as a share of the rows of a collection. */
  readonly unjudged: readonly { readonly job: string; readonly collection: string; readonly share: number }[];
}

const name = 'watched';
const nothing: Watched = { schedules: {}, paused_runs: null, unjudged: [] };

export async function readWatched(db: Db): Promise<Watched> {
  const { rows } = await sql<{ value: Watched }>`select value from coppice.measurements where name = ${name}`.execute(
    db,
  );
  return rows[0]?.value ?? nothing;
}

export async function putWatched(db: Db, watched: Watched): Promise<void> {
  await putMeasurement(db, name, { ...watched });
}
