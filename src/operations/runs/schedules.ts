import type { ScheduleDescription } from '@temporalio/client';
import { lateMs } from '../../activities/health-check/schedule-facts.ts';
import { shownTimes } from '../../config/next-times.ts';
import { applySchedules, ownSchedules, type ScheduleChange } from '../../schedules.ts';
import { claimInstallation, recordPrefix } from '../../state/installation/installation-claim.ts';
import { type Context, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { SharedAnswer } from '../monitoring/shared-answer.ts';
import { checkedReason } from './reason.ts';

export interface ScheduleJson {
  readonly schedule_id: string;
  readonly job: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly next_run: string | null;
  /** The next three starts, by its times alone: a paused schedule does not start at them. */
  readonly next_runs: readonly string[];
  readonly last_run: string | null;
  /** How late the last start was, or the next one is by now; `null`: it is paused. */
  readonly lag_ms: number | null;
  readonly runs: number;
  /** Starts that Temporal itself skipped because the run before was still open. */
  readonly skipped: number;
  readonly missed: number;
}

/**
 * Makes the Temporal Schedules what the configuration says; pauses set by people stay. `move`: the configuration's
 * `schedule_prefix` was changed while workers run.
 */
export async function applyCatalogue(context: Context, options: { readonly move: boolean }): Promise<ScheduleChange[]> {
  const { config, db } = context.parts;
  const installation = await installationOf(context);
  const { schedulePrefix } = config.temporal;
  if (!options.move) await claimInstallation(db, { name: config.installation, schedulePrefix });
  const catalogue = {
    installation,
    jobs: config.jobs,
    plugins: config.plugins.map(({ name }) => name),
    collections: [...config.collections, ...config.graphs],
    prefix: schedulePrefix,
    enabled: config.schedulesEnabled,
  };
  const changes = await applySchedules(await context.client(), catalogue, 'apply');
  await recordPrefix(db, schedulePrefix);
  return changes;
}

const schedules = new SharedAnswer(1_000, readSchedules);

export function listSchedules(context: Context): Promise<readonly ScheduleJson[]> {
  return schedules.get(context);
}

/** As they are at this moment. */
async function readSchedules(context: Context): Promise<readonly ScheduleJson[]> {
  const found = [];
  for await (const one of ownSchedules(await context.client(), await installationOf(context))) found.push(toJson(one));
  return found.sort((a, b) => (a.schedule_id < b.schedule_id ? -1 : 1));
}

/** After a change: those who ask from now on see it. */
async function schedulesAfterChange(context: Context): Promise<readonly ScheduleJson[]> {
  schedules.forget(context);
  return listSchedules(context);
}

/** Pauses or resumes schedules of this installation: those named, or all of them. The note of each names person and reason. */
export async function setPaused(
  context: Context,
  ids: readonly string[] | 'all',
  paused: boolean,
  reason: string | null = null,
): Promise<readonly ScheduleJson[]> {
  await changePaused(context, ids, paused, reason);
  return listSchedules(context);
}

/** The same without the list of schedules, which takes a question for each of them. */
export async function changePaused(
  context: Context,
  ids: readonly string[] | 'all',
  paused: boolean,
  given: string | null,
): Promise<void> {
  const reason = checkedReason(given);
  const client = await context.client();
  const named = await ownIds(context, ids);
  const note = `${paused ? 'Paused' : 'Resumed'} by ${context.requestedBy} with coppice${reason === null ? '' : `: ${reason}`}`;
  for (const id of named) {
    const handle = client.schedule.getHandle(id);
    await (paused ? handle.pause(note) : handle.unpause(note));
  }
  schedules.forget(context);
}

/** Starts the schedule's workflow now, also where the schedule is paused. While another run has the lease, the new one ends skipped. */
export async function triggerSchedule(context: Context, id: string): Promise<readonly ScheduleJson[]> {
  const client = await context.client();
  for (const named of await ownIds(context, [id])) await client.schedule.getHandle(named).trigger();
  return schedulesAfterChange(context);
}

/** Schedules of a job in this installation. A job may have none. */
export async function schedulesOf(context: Context, job: string): Promise<string[]> {
  const own = await readSchedules(context);
  return own.filter((one) => one.job === job).map((one) => one.schedule_id);
}

async function ownIds(context: Context, ids: readonly string[] | 'all'): Promise<readonly string[]> {
  const known = (await readSchedules(context)).map((one) => one.schedule_id);
  const unknown = ids === 'all' ? [] : ids.filter((id) => !known.includes(id));
  if (unknown.length === 0) return ids === 'all' ? known : ids;
  const hint = `Schedules of this installation: ${known.join(', ') || 'none'}`;
  throw new OperationError('missing', 'UnknownScheduleError', `there is no schedule '${unknown.join("', '")}'`, hint);
}

function toJson(description: ScheduleDescription): ScheduleJson {
  const { info, state, memo } = description;
  const next = info.nextActionTimes.slice(0, shownTimes).map((at) => at.toISOString());
  return {
    schedule_id: description.scheduleId,
    job: String(memo?.coppice_job ?? ''),
    paused: state.paused,
    note: state.note ?? null,
    next_run: next[0] ?? null,
    next_runs: next,
    last_run: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    lag_ms: state.paused ? null : lateMs(info, new Date()),
    runs: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}
