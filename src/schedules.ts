import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
} from '@temporalio/client';
import { catalogueVersion } from './jobs/index.ts';
import { type Catalogue, catalogueOptions, type Options, scheduleIdOf } from './schedule-options.ts';
import { ownScheduleNames } from './temporal/own-schedules.ts';
import { guardedClient } from './temporal/schedule-guard.ts';

export interface ScheduleChange {
  readonly schedule_id: string;
  readonly change: 'created' | 'updated' | 'deleted' | 'unchanged' | 'left_to_newer';
  readonly paused: boolean;
}

/**
 * `apply`: a person wants the schedules to be what the catalogue says. `worker`: only what is missing is created and only
 * what an older catalogue wrote is changed, so that two versions side by side do not undo each other's work.
 */
export type ApplyMode = 'apply' | 'worker';

/** Another installation's schedule, or somebody's own, has the id that one of ours needs. */
class ScheduleTakenError extends Error {
  override readonly name = 'ScheduleTakenError';
  readonly hint = 'Give this installation names of its own: temporal.schedule_prefix in coppice.yaml.';
  constructor(scheduleId: string) {
    super(`schedule '${scheduleId}' exists and does not belong to this installation; it was left as it is`);
  }
}

/**
 * Brings the Temporal Schedules in line with the catalogue. A pause set by a person stays, also where the schedule gets
 * another id. Rejects with `ScheduleTakenError` before anything is changed.
 */
export async function applySchedules(client: Client, catalogue: Catalogue, mode: ApplyMode): Promise<ScheduleChange[]> {
  const wanted = catalogueOptions(catalogue);
  const seen = new Map<string, ScheduleDescription | null>();
  for (const { scheduleId } of wanted) seen.set(scheduleId, await describeOwn(client, catalogue, scheduleId));
  const stale = [];
  for await (const found of ownSchedules(client, catalogue.installation)) {
    if (!seen.has(found.scheduleId) && !isOfOtherPlugin(found, catalogue)) stale.push(found);
  }
  const missing = wanted.filter(({ scheduleId }) => seen.get(scheduleId) === null);
  const changes = [];
  for (const options of wanted) {
    const current = seen.get(options.scheduleId) ?? null;
    const former = current === null ? predecessorOf(options, wanted, missing, stale) : null;
    // The former schedule goes on starting the job, and is named below.
    if (former !== null && isLeft(former, mode)) continue;
    changes.push(await reconcile(client, catalogue, succeeding(options, former), current, mode));
  }
  // Last, so that a failure on the way leaves a schedule of each job.
  for (const found of stale) changes.push(await removeStale(client, found, mode));
  return changes;
}

async function reconcile(
  client: Client,
  catalogue: Catalogue,
  options: Options,
  seen: ScheduleDescription | null,
  mode: ApplyMode,
): Promise<ScheduleChange> {
  const { scheduleId: schedule_id } = options;
  for (let current = seen; ; current = await describeOwn(client, catalogue, schedule_id)) {
    if (current === null) {
      try {
        await client.schedule.create(options);
        return { schedule_id, change: 'created', paused: options.state?.paused ?? false };
      } catch (error) {
        if (error instanceof ScheduleAlreadyRunning) continue;
        throw error;
      }
    }
    const { paused } = current.state;
    if (actionMemo(current).coppice_definition === options.action.memo?.coppice_definition)
      return { schedule_id, change: 'unchanged', paused };
    if (isLeft(current, mode)) return { schedule_id, change: 'left_to_newer', paused };
    // Everything but the state: whether it is paused, and why, is a person's business. A new point in time has its one
    // start before it again.
    const { remainingActions } = options.state ?? {};
    const state = { ...current.state, ...(remainingActions === undefined ? {} : { remainingActions }) };
    await guardedClient(client, current)
      .schedule.getHandle(schedule_id)
      .update(() => ({ ...options, state }));
    const written = await describe(client, schedule_id);
    // A pause set meanwhile makes the server drop the update in silence: then look again.
    if (written !== null && actionMemo(written).coppice_definition === options.action.memo?.coppice_definition) {
      return { schedule_id, change: 'updated', paused: written.state.paused };
    }
  }
}

/** Throws `ScheduleTakenError` where the schedule is not one of this installation. */
async function describeOwn(
  client: Client,
  { installation }: Catalogue,
  scheduleId: string,
): Promise<ScheduleDescription | null> {
  const found = await describe(client, scheduleId);
  if (found !== null && actionMemo(found).coppice_installation !== installation)
    throw new ScheduleTakenError(scheduleId);
  return found;
}

/** A worker without a plugin knows nothing of its jobs, and leaves their schedules to those that have it. */
function isOfOtherPlugin({ memo }: ScheduleDescription, { plugins = [] }: Catalogue): boolean {
  return typeof memo?.coppice_plugin === 'string' && !plugins.includes(memo.coppice_plugin);
}

function actionMemo({ action }: ScheduleDescription): Readonly<Record<string, unknown>> {
  return action.type === 'startWorkflow' ? (action.memo ?? {}) : {};
}

/** A worker leaves alone what its own or a newer catalogue wrote. */
function isLeft(found: ScheduleDescription, mode: ApplyMode): boolean {
  return mode === 'worker' && Number(actionMemo(found).coppice_catalogue) >= catalogueVersion;
}

/** The schedule that `options` replaces under another id: that of the same job and name, else the only one of the job. */
function predecessorOf(
  options: Options,
  wanted: readonly Options[],
  missing: readonly Options[],
  stale: readonly ScheduleDescription[],
): ScheduleDescription | null {
  const ofJob = stale.filter((one) => one.memo?.coppice_job === options.memo?.coppice_job);
  // The workflow id is made of job and name.
  const named = (one: ScheduleDescription, by: Options) => one.action.workflowId === by.action.workflowId;
  const same = ofJob.find((one) => named(one, options));
  if (same !== undefined) return same;
  const [first = null, ...more] = ofJob.filter((one) => !wanted.some((by) => named(one, by)));
  const rivals = missing.filter((one) => one.memo?.coppice_job === options.memo?.coppice_job);
  return more.length === 0 && rivals.length === 1 ? first : null;
}

/** Gives the successor of a schedule the pause state and the note that a person left on the former one. */
function succeeding(options: Options, former: ScheduleDescription | null): Options {
  if (former === null) return options;
  const { paused, note } = former.state;
  const { remainingActions } = options.state ?? {};
  const state = { paused, ...(note === undefined ? {} : { note }) };
  return { ...options, state: { ...state, ...(remainingActions === undefined ? {} : { remainingActions }) } };
}

async function describe(client: Client, scheduleId: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Schedules that this installation made, by their memo; the list may lag behind by a moment. */
export async function* ownSchedules(client: Client, installation: string): AsyncGenerator<ScheduleDescription> {
  for await (const id of ownScheduleNames(client, installation)) {
    const description = await describe(client, id);
    if (description !== null) yield description;
  }
}

async function removeStale(client: Client, found: ScheduleDescription, mode: ApplyMode): Promise<ScheduleChange> {
  const { scheduleId: schedule_id } = found;
  const { paused } = found.state;
  if (isLeft(found, mode)) return { schedule_id, change: 'left_to_newer', paused };
  await deleteSchedule(client, schedule_id);
  return { schedule_id, change: 'deleted', paused };
}

/** Ids of all that this installation made. Those of the catalogue are asked for by name, since the list may lag. */
export async function ownScheduleIds(client: Client, catalogue: Catalogue): Promise<string[]> {
  const ids = new Set<string>();
  for await (const one of ownSchedules(client, catalogue.installation)) ids.add(one.scheduleId);
  for (const settings of catalogue.jobs) {
    for (const definition of settings.schedules) {
      const id = scheduleIdOf(catalogue, settings, definition);
      const found = ids.has(id) ? null : await describe(client, id);
      if (found?.memo?.coppice_installation === catalogue.installation) ids.add(id);
    }
  }
  return [...ids].sort();
}

/** Succeeds also where the schedule does not exist any more. */
export async function deleteSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
