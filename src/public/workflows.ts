/**
 * The entry point `coppice/workflows`, for workflows of plugins. It runs in Temporal's sandbox.
 *
 * @module
 */
export { patched, proxyActivities, sleep } from '@temporalio/workflow';
export type { JobInput, JobResult } from '../workflows/input.ts';
export { sweep } from '../workflows/sweep.ts';
export { task } from '../workflows/task.ts';
