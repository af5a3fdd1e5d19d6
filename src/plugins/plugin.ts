import type { CollectionStores } from '../activities/collection-stores.ts';
import type { Sweepable } from '../activities/sweep/sweepable.ts';
import type { Db } from '../database/schema.ts';
import type { SweepJob, TaskJob } from '../jobs/job.ts';

/** A package of jobs that `coppice.yaml` names under `plugins`. Its module exports it as `default`. */
export interface Plugin {
  /** The name of the package. Task queue and schedules are named after it, so a new version keeps it. */
  readonly name: string;
  readonly version: string;
  /** The module that exports the workflows: `new URL('./workflows.js', import.meta.url)`. */
  readonly workflows: URL;
  readonly jobs: readonly PluginJob[];
  /** Activities of its own workflows, by their names. */
  activities?(tools: PluginTools): Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
}

export type PluginJob = PluginRowJob | PluginTask;

/** A job that sweeps rows. */
export interface PluginRowJob {
  readonly job: SweepJob & { readonly target: 'rows' };
  /** One collection as the job sweeps it. */
  sweepable(stores: CollectionStores): Sweepable;
}

/** A job that is one task: its workflow calls activities of the plugin. */
export interface PluginTask {
  readonly job: TaskJob;
}

/** Tools for activities of a plugin, which have the rights of the worker. */
export interface PluginTools {
  readonly db: Db;
  readonly collections: readonly CollectionStores[];
}

/** Checks the types of a plugin, and returns it. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
