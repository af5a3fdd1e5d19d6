import { documentRefresh } from './document-refresh.ts';
import { graphRecompute } from './graph-recompute.ts';
import { groupMaintenance } from './group-maintenance.ts';
import { healthCheck } from './health-check.ts';
import type { Job } from './job.ts';
import { ttlCleanup } from './ttl-cleanup.ts';
import { upkeep } from './upkeep.ts';

/** The catalogue: every job there is. A new job is one file beside this one and one line here. */
export const catalogue: readonly Job[] = [
  ttlCleanup,
  documentRefresh,
  groupMaintenance,
  graphRecompute,
  healthCheck,
  upkeep,
];

/**
 * Rises with every release that changes a job or its schedules. A worker only touches schedules that were written by
 * an older catalogue than its own, so that two versions in a rolling deployment do not undo each other's changes.
 */
export const catalogueVersion = 4;
