import { createHash } from 'node:crypto';
import { type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import type { JobSettings } from './config/config.ts';
import { defaultCatchUpWindowSeconds } from './jobs/defaults.ts';
import { altersData } from './jobs/facts.ts';
import { catalogueVersion } from './jobs/index.ts';
import type { ScheduleDefinition } from './jobs/job.ts';
import { priorityKeys, taskQueueOf, workflowIdPrefix } from './temporal/names.ts';
import { scheduleSpec } from './temporal/schedule-spec.ts';

export interface Catalogue {
  readonly installation: string;
  readonly jobs: readonly JobSettings[];
  /** Names of the plugins that are loaded: schedules of others are left alone. */
  readonly plugins?: readonly string[];
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

/** The schedules of the catalogue, as Temporal is asked for them. */
export function catalogueOptions(catalogue: Catalogue): Options[] {
  return catalogue.jobs
    .filter(hasWork)
    .flatMap((settings) => settings.schedules.map((definition) => optionsOf(catalogue, settings, definition)));
}

/** A job whose collections are all of another kind than its own would start for nothing. */
export function hasWork({ job, collections }: JobSettings): boolean {
  return (job.target === 'none' && job.reads === undefined) || collections.length > 0;
}

export function scheduleIdOf({ prefix }: Catalogue, { job }: JobSettings, { name }: ScheduleDefinition): string {
  return `${prefix}${job.id}${name === undefined ? '' : `-${name}`}`;
}

export type Options = ScheduleOptions & { readonly action: { readonly memo?: Record<string, unknown> } };

function optionsOf(catalogue: Catalogue, settings: JobSettings, definition: ScheduleDefinition): Options {
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
      taskQueue: taskQueueOf(catalogue.installation, job.plugin),
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
    memo: {
      coppice_installation: catalogue.installation,
      coppice_job: job.id,
      ...(job.plugin === undefined ? {} : { coppice_plugin: job.plugin }),
    },
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
    : 'Created paused by Coppice: it alters data of mapped tables. Look at a preview, then resume.';
}

/** On an application's own tables nothing is altered until a person has looked. */
function startsPaused(catalogue: Catalogue, settings: JobSettings, definition: ScheduleDefinition): boolean {
  if (catalogue.adopted === true || catalogue.enabled === false) return true;
  if (definition.enabled !== undefined) return !definition.enabled;
  const swept = catalogue.collections.filter((collection) => settings.collections.includes(collection.name));
  return altersData(settings.job) && swept.some((one) => one.mapped || one.vectorsBeside?.mapped === true);
}
