import { archiveFacts } from './archive-facts.ts';
import { auditInvalidations } from './audit-invalidations.ts';
import { deduplicateFacts } from './deduplicate-facts.ts';
import { documentRefresh } from './document-refresh.ts';
import { isSweep, removesRows } from './facts.ts';
import { graphRecompute } from './graph-recompute.ts';
import { groupMaintenance } from './group-maintenance.ts';
import { healthCheck } from './health-check.ts';
import { insightGeneration } from './insight-generation.ts';
import type { Counts, Job, SweepJob } from './job.ts';
import { memoryCleanup } from './memory-cleanup.ts';
import { memoryConsolidation } from './memory-consolidation.ts';
import { memoryDecay } from './memory-decay.ts';
import { memoryDedup } from './memory-dedup.ts';
import { profileMaintenance } from './profile-maintenance.ts';
import { topicExtraction } from './topic-extraction.ts';
import { ttlCleanup } from './ttl-cleanup.ts';
import { upkeep } from './upkeep.ts';
import { weeklyReport } from './weekly-report.ts';

const entries = [
  ttlCleanup,
  documentRefresh,
  memoryDecay,
  memoryDedup,
  memoryCleanup,
  memoryConsolidation,
  profileMaintenance,
  topicExtraction,
  insightGeneration,
  weeklyReport,
  groupMaintenance,
  graphRecompute,
  deduplicateFacts,
  archiveFacts,
  auditInvalidations,
  healthCheck,
  upkeep,
] as const;

/** The catalogue: every job there is. A new job is one file beside this one and one name in the list above. */
export const catalogue: readonly Job[] = entries;

const fromPlugins = new Map<string, Job>();

/** Makes jobs of plugins known to look-ups by id. Another version of a job takes the place of the former. */
export function addPluginJobs(jobs: readonly Job[]): void {
  for (const job of jobs) fromPlugins.set(job.id, job);
}

/** For a process that goes on without them, as the tests of plugins do. */
export function forgetPluginJobs(): void {
  fromPlugins.clear();
}

/** The catalogue, and the jobs of plugins that this process has loaded. */
export function knownJobs(): readonly Job[] {
  return [...catalogue, ...fromPlugins.values()];
}

/** Ids of the jobs on rows, each of which needs a line in `row-jobs.ts`. */
export type RowJobId = Extract<(typeof entries)[number], { readonly target: 'rows' }>['id'];

/** Ids of the jobs on graphs, each of which needs a line in `activities/graph/strategies.ts`. */
export type GraphJobId = Extract<(typeof entries)[number], { readonly target: 'graph' }>['id'];

/**
 * Rises with every release that changes a job or its schedules. A worker only touches schedules that were written by
 * an older catalogue than its own, so that two versions in a rolling deployment do not undo each other's changes.
 */
export const catalogueVersion = 9;

/** Ids of the jobs whose removals share a weekly limit: all that remove, so that several together stay within it. */
export function removingWith(job: Job): readonly string[] {
  return removesRows(job)
    ? knownJobs()
        .filter(removesRows)
        .map(({ id }) => id)
    : [job.id];
}

/** `null` for a task, and for a job that this version does not know. */
export function sweepJobOf(id: string): SweepJob | null {
  const job = catalogue.find((one) => one.id === id) ?? fromPlugins.get(id);
  return job !== undefined && isSweep(job) ? job : null;
}

/** Names of the totals of a job; `null` where `sweepJobOf` is. */
export function countsOf(id: string): Counts | null {
  return sweepJobOf(id)?.counts ?? null;
}
