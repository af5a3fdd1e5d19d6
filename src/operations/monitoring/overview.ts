import { isLimited } from '../../domain/access.ts';
import type { SurveyCollectionJson } from '../../domain/run.ts';
import { altersData, isSweep } from '../../jobs/facts.ts';
import { listAlerts } from '../../state/monitoring/alerts.ts';
import {
  changesByDay,
  changesWithin,
  countsOfWork,
  deadLettersByJob,
  lastSurveys,
  type UndecidedRun,
  undecidedRuns,
} from '../../state/monitoring/overview.ts';
import { readWatched, type Watched } from '../../state/monitoring/watched.ts';
import { type Context, installationOf } from '../context.ts';
import { listDeadLetters } from '../runs/dead-letters.ts';
import { listRunPage } from '../runs/runs.ts';
import { SharedAnswer } from './shared-answer.ts';

export interface OverviewJson {
  readonly needs_you: NeedsYouJson;
  /** Totals of runs that ended within the last day, by collection and name. */
  readonly changed: readonly { collection: string; job: string; name: string; count: number }[];
  /** The same by day (UTC), for the last two weeks. */
  readonly days: readonly { day: string; collection: string; name: string; count: number }[];
  /** Counts of the last survey of each job. */
  readonly surveys: readonly OverviewSurveyJson[];
  /** Runs that wait to begin or are running; 10,000 at most. */
  readonly open_runs: number;
}

export interface NeedsYouJson {
  /** Held runs that wait for a decision; `count` is 10,000 at most. */
  readonly held: { readonly count: number; readonly runs: readonly HeldRunJson[] };
  readonly dead_letters: readonly { readonly job: string; readonly count: number }[];
  /** Alerts that stand; `count` is 10,000 at most. */
  readonly alerts: { readonly count: number; readonly latest: readonly OverviewAlertJson[] };
  /** Schedules that the last health check found paused, of jobs that alter an application's data. */
  readonly paused_schedules: readonly { schedule_id: string; job: string; since: string }[];
  /** Schedules whose last starts Temporal skipped or missed. */
  readonly skipped_schedules: readonly { schedule_id: string; job: string; starts: number }[];
  /** Runs that are paused in Temporal; `null`: not known. */
  readonly paused_runs: number | null;
  /** Proposals that wait for a review; 10,000 at most. */
  readonly proposals: number;
  /** Pairs of entities or facts that wait for a review; 10,000 at most. */
  readonly merges: number;
}

export interface HeldRunJson {
  readonly run_id: string;
  readonly job: string;
  readonly since: string;
  readonly due: number;
  readonly would_delete: number;
  readonly share: number;
  readonly would_hold: readonly string[];
  readonly partition_count: number;
}

export interface OverviewAlertJson {
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly since: string;
}

export interface OverviewSurveyJson {
  readonly job: string;
  readonly run_id: string;
  readonly at: string;
  readonly due: number;
  readonly rows: number;
  readonly collections: readonly Pick<SurveyCollectionJson, 'collection' | 'due' | 'rows'>[];
}

const listed = 20;
const mostHeld = 200;
const changedHours = 24;
const chartDays = 14;

/** Callers that may see everything share one answer. */
const overviewOfAll = new SharedAnswer(1_000, readOverview);

/**
 * Returns the matters that need a person, the changes within a day, and the counts of the last surveys. Reads
 * aggregates that are kept as runs end, so that its cost does not grow with the number of runs.
 */
export function overview(context: Context): Promise<OverviewJson> {
  return isLimited(context.view) ? limitedOverview(context) : overviewOfAll.get(context);
}

async function readOverview(context: Context): Promise<OverviewJson> {
  await installationOf(context);
  const { db, config } = context.parts;
  const sweeps = config.jobs.map(({ job }) => job).filter(isSweep);
  const altering = new Set(sweeps.filter(altersData).map(({ id }) => id));
  const [held, counts, letters, alerts, watched, changed, days, surveys] = await Promise.all([
    undecidedRuns(db, listed),
    countsOfWork(db),
    deadLettersByJob(db),
    listAlerts(db, { all: false, limit: listed }),
    readWatched(db),
    changesWithin(db, changedHours),
    changesByDay(db, chartDays),
    lastSurveys(
      db,
      sweeps.map(({ id }) => id),
    ),
  ]);
  return {
    needs_you: {
      held: { count: held.count, runs: held.runs.map(toHeldRun) },
      dead_letters: letters,
      alerts: {
        count: counts.alerts,
        latest: alerts.map(({ rule, subject, message, fired_at }) => {
          return { rule, subject, message, since: fired_at.toISOString() };
        }),
      },
      ...schedulesToSee(watched, altering),
      proposals: counts.proposals,
      merges: counts.merges,
    },
    changed,
    days,
    surveys: surveys.map(({ job, run_id, cutoff, due, rows, collections }) => ({
      ...{ job, run_id, at: cutoff.toISOString(), due, rows },
      collections: collections.map((one) => ({ collection: one.collection, due: one.due, rows: one.rows })),
    })),
    open_runs: counts.open_runs,
  };
}

function toHeldRun({ cutoff: _, since, ...run }: UndecidedRun): HeldRunJson {
  return { ...run, since: since.toISOString() };
}

function schedulesToSee({ schedules, paused_runs }: Watched, altering: ReadonlySet<string>) {
  const all = Object.entries(schedules);
  return {
    paused_schedules: all.flatMap(([schedule_id, { job, paused_since: since }]) =>
      since === null || !altering.has(job) ? [] : [{ schedule_id, job, since }],
    ),
    skipped_schedules: all.flatMap(([schedule_id, { job, skipped_starts: starts }]) =>
      starts === 0 ? [] : [{ schedule_id, job, starts }],
    ),
    paused_runs,
  };
}

/** A token that is limited to some partitions sees its own held runs and dead letters, and no aggregate. */
async function limitedOverview(context: Context): Promise<OverviewJson> {
  const page = { job: null, since: null, limit: mostHeld, cursor: null };
  const undecided = new Set((await undecidedRuns(context.parts.db, mostHeld)).runs.map(({ run_id }) => run_id));
  // Such a token is not told who has decided, so that the list itself has decided ones, too.
  const seen = (await listRunPage(context, { ...page, status: 'held' })).runs;
  const runs = seen.filter(({ run_id }) => undecided.has(run_id)).slice(0, listed);
  const letters = await listDeadLetters(context, null);
  const byJob = Map.groupBy(letters, ({ job }) => job);
  return {
    needs_you: {
      held: {
        count: runs.length,
        runs: runs.map(({ run_id, job, finished_at, started_at }) => ({
          ...{ run_id, job, since: finished_at ?? started_at ?? new Date().toISOString() },
          ...{ due: 0, would_delete: 0, share: 0, would_hold: [], partition_count: 0 },
        })),
      },
      dead_letters: [...byJob].map(([job, own]) => ({ job, count: own.length })),
      alerts: { count: 0, latest: [] },
      ...{ paused_schedules: [], skipped_schedules: [], paused_runs: null, proposals: 0, merges: 0 },
    },
    ...{ changed: [], days: [], surveys: [], open_runs: 0 },
  };
}
