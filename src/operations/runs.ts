import type { RunJson } from '../domain/run.ts';
import { catalogue } from '../jobs/index.ts';
import { type DeadLetter, listDeadLetters } from '../state/dead-letters.ts';
import { refusedIds } from '../state/run-partitions.ts';
import { getRun, listRuns as readRuns, toRunJson } from '../state/runs.ts';
import { closeEndedRuns } from './close-ended.ts';
import { type Context, installationOf, runOf } from './context.ts';

export interface RunDetailJson extends RunJson {
  readonly requested_by: string | null;
  readonly asked_at: string;
  /** Documents that an undo left alone because they exist again, the first hundred. */
  readonly superseded: readonly { readonly collection: string; readonly id: string }[];
  readonly dead_letter_ids: readonly string[];
}

const routineJobs = catalogue.filter((job) => job.routine === true).map((job) => job.id);

/** The latest runs first. A job that runs every few minutes shows only what went wrong, unless it is asked for by name. */
export async function listRuns(context: Context, filter: { job: string | null; limit: number }): Promise<RunJson[]> {
  await installationOf(context);
  await closeEndedRuns(context);
  const runs = await readRuns(context.parts.db, { ...filter, routine: filter.job === null ? routineJobs : [] });
  return Promise.all(runs.map((run) => toRunJson(context.parts.db, run)));
}

/** One run with its survey, by run id or workflow id. */
export async function showRun(context: Context, id: string): Promise<RunDetailJson> {
  const { db } = context.parts;
  const { run_id } = await runOf(context, id);
  await closeEndedRuns(context);
  const run = await getRun(db, run_id);
  const letters = await listDeadLetters(db, run.job);
  return {
    ...(await toRunJson(db, run)),
    requested_by: run.requested_by,
    asked_at: run.asked_at.toISOString(),
    superseded: await refusedIds(db, run.no),
    dead_letter_ids: letters.filter((letter: DeadLetter) => letter.run_id === run.run_id).map((letter) => letter.id),
    ...(run.survey === null ? {} : { survey: run.survey }),
  };
}
