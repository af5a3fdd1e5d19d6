import type { Priority } from '../jobs/job.ts';

/** Names by which one installation is known in Temporal. */

/** Jobs of a plugin have a queue of their own, which workers without the plugin do not poll. */
export function taskQueueOf(installation: string, plugin?: string): string {
  return plugin === undefined ? `coppice-${installation}` : `coppice-${installation}-plugin-${plugin}`;
}

/** A queue of activities alone, for the partitions of certain collections. */
export function storeQueueOf(installation: string, name: string): string {
  return `coppice-${installation}-queue-${name}`;
}

/** Starts every workflow id of a job; schedules add a timestamp, commands a random ending. */
export function workflowIdPrefix(installation: string, job: string): string {
  return `coppice-${installation}-${job}`;
}

/** Search attributes that Coppice sets where the namespace has them, with their types. */
export const searchAttributes = { CoppiceJob: 'KEYWORD', CoppiceStatus: 'KEYWORD' } as const;

/** Temporal's own scale is 1 to 5, and 3 where nothing is said. Activities have the priority of their workflow. */
export const priorityKeys: Readonly<Record<Priority, number>> = { high: 1, medium: 3, low: 5 };
