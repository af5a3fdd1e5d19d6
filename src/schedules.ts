import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { JobSettings } from './config/config.ts';
import { defaultCatchUpWindowSeconds } from './jobs/defaults.ts';
import { catalogueVersion } from './jobs/index.ts';
import type { ScheduleDefinition } from './jobs/job.ts';
import { priorityKeys, taskQueueOf, workflowIdPrefix } from './temporal/names.ts';
import { ownScheduleNames } from './temporal/own-schedules.ts';
import { guardedClient } from './temporal/schedule-guard.ts';
import { scheduleSpec } from './temporal/schedule-spec.ts';

export interface Catalogue {
  readonly installation: string;
  readonly jobs: readonly JobSettings[];
  /** Collections and graphs. */
  readonly collections: readonly Swept[];
  /** Put before every schedule id. */
  readonly prefix: string;
  /** The database has taken another's place: a person looks before anything starts by itself. */
  readonly adopted?: boolean;
  /** False: what does not exist yet is created paused. */
  readonly enabled?: boolean;
}

interface Swept {
  readonly name: string;
  readonly mapped: boolean;
  /** Vectors of a graph, where they are in another store than it is. */
  readonly vectorsBeside?: { readonly mapped: boolean };
}

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
export class ScheduleTakenError extends Error {
  override readonly name = 'ScheduleTakenError';
  readonly hint = 'Give this installation names of its own: temporal.schedule_prefix in coppice.yaml.';
  constructor(scheduleId: string) {
    super(`schedule '${scheduleId}' exists and does not belong to this installation; it was left as it is`);
  }
}

/** Brings the Temporal Schedules in line with the catalogue. A pause set by a person stays. */
export async function applySchedules(client: Client, catalogue: Catalogue, mode: ApplyMode): Promise<ScheduleChange[]> {
  const wanted = catalogue.jobs
    .filter(hasWork)
    .flatMap((settings) => settings.schedules.map((definition) => scheduleOptions(catalogue, settings, definition)));
  const changes = [];
  for (const options of wanted) changes.push(await reconcile(client, catalogue, options, mode));
  const ids = new Set(wanted.map((options) => options.scheduleId));
  for await (const found of ownSchedules(client, catalogue.installation)) {
    if (!ids.has(found.scheduleId)) changes.push(await removeStale(client, found, mode));
  }
  return changes;
}

/** A job whose collections are all of another kind than its own would start for nothing. */
function hasWork({ job, collections }: JobSettings): boolean {
  return job.kind === 'task' || collections.length > 0;
}

function scheduleIdOf({ prefix }: Catalogue, { job }: JobSettings, { name }: ScheduleDefinition): string {
  return `${prefix}${job.id}${name === undefined ? '' : `-${name}`}`;
}

type Options = ScheduleOptions & { readonly action: { readonly memo?: Record<string, unknown> } };

function scheduleOptions(catalogue: Catalogue, settings: JobSettings, definition: ScheduleDefinition): Options {
  const { job } = settings;
  const scheduleId = scheduleIdOf(catalogue, settings, definition);
  const catchupWindow = (definition.catch_up_window_seconds ?? defaultCatchUpWindowSeconds) * 1000;
  const input = {
    installation: catalogue.installation,
    parameters: definition.parameters ?? {},
    requested_by: `schedule ${scheduleId}`,
  };
  const content = {
    spec: scheduleSpec(definition),
    action: {
      type: 'startWorkflow' as const,
      workflowType: job.workflow,
      workflowId: `${workflowIdPrefix(catalogue.installation, job.id)}${definition.name === undefined ? '' : `-${definition.name}`}`,
      taskQueue: taskQueueOf(catalogue.installation),
      args: [input],
      priority: { priorityKey: priorityKeys[settings.priority] },
      staticSummary: job.title,
      staticDetails: job.description,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
  };
  const paused = startsPaused(catalogue, settings, definition);
  const memo = {
    coppice_installation: catalogue.installation,
    coppice_job: job.id,
    coppice_catalogue: catalogueVersion,
    coppice_definition: createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16),
  };
  return {
    scheduleId,
    ...content,
    action: { ...content.action, memo },
    memo: { coppice_installation: catalogue.installation, coppice_job: job.id },
    state: {
      paused,
      ...(paused ? { note: pausedNote(catalogue) } : {}),
      ...(definition.once === undefined ? {} : { remainingActions: 1 }),
    },
  };
}

function pausedNote({ adopted, enabled }: Catalogue): string {
  if (enabled === false)
    return 'Created paused by Coppice: schedules are not enabled (schedules_enabled, BG_JOBS_ENABLED).';
  return adopted === true
    ? 'Created paused by Coppice: the database was adopted. Look at coppice doctor --drift, then resume.'
    : 'Created paused by Coppice: it removes data from mapped tables. Look at a preview, then resume.';
}

/** On an application's own tables nothing is removed until a person has looked. */
function startsPaused(catalogue: Catalogue, settings: JobSettings, definition: ScheduleDefinition): boolean {
  if (catalogue.adopted === true || catalogue.enabled === false) return true;
  if (definition.enabled !== undefined) return !definition.enabled;
  const swept = catalogue.collections.filter((collection) => settings.collections.includes(collection.name));
  return settings.job.removes && swept.some((one) => one.mapped || one.vectorsBeside?.mapped === true);
}

async function reconcile(
  client: Client,
  catalogue: Catalogue,
  options: Options,
  mode: ApplyMode,
): Promise<ScheduleChange> {
  const { scheduleId: schedule_id } = options;
  for (;;) {
    const current = await describe(client, schedule_id);
    if (current === null) {
      try {
        await client.schedule.create(options);
        return { schedule_id, change: 'created', paused: options.state?.paused ?? false };
      } catch (error) {
        if (error instanceof ScheduleAlreadyRunning) continue;
        throw error;
      }
    }
    const memo = current.action.type === 'startWorkflow' ? (current.action.memo ?? {}) : {};
    if (memo.coppice_installation !== catalogue.installation) throw new ScheduleTakenError(schedule_id);
    const { paused } = current.state;
    if (memo.coppice_definition === options.action.memo?.coppice_definition)
      return { schedule_id, change: 'unchanged', paused };
    if (mode === 'worker' && Number(memo.coppice_catalogue) >= catalogueVersion) {
      return { schedule_id, change: 'left_to_newer', paused };
    }
    // Everything but the state: whether it is paused, and why, is a person's business. A new point in time has its one
    // start before it again.
    const { remainingActions } = options.state ?? {};
    const state = { ...current.state, ...(remainingActions === undefined ? {} : { remainingActions }) };
    await guardedClient(client, current)
      .schedule.getHandle(schedule_id)
      .update(() => ({ ...options, state }));
    const written = await describe(client, schedule_id);
    // A pause set meanwhile makes the server drop the update in silence: then look again.
    if (
      written?.action.type === 'startWorkflow' &&
      written.action.memo?.coppice_definition === options.action.memo?.coppice_definition
    ) {
      return { schedule_id, change: 'updated', paused: written.state.paused };
    }
  }
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
  const memo = found.action.type === 'startWorkflow' ? (found.action.memo ?? {}) : {};
  if (mode === 'worker' && Number(memo.coppice_catalogue) >= catalogueVersion) {
    return { schedule_id, change: 'left_to_newer', paused: found.state.paused };
  }
  await client.schedule.getHandle(schedule_id).delete();
  return { schedule_id, change: 'deleted', paused: found.state.paused };
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

/** One that is gone already is fine. */
export async function deleteSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
