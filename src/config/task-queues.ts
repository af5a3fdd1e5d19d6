import { z } from 'zod';
import { installationName } from './installation-name.ts';

/** The section `worker.task_queues`: collections and graphs whose partitions have task queues of their own. */

/** Name of the queue of everything else, which no other queue may have. */
export const mainQueue = 'main';

export const taskQueuesSchema = z.record(
  installationName.refine((name) => name !== mainQueue, `must be another name than ${mainQueue}`),
  z.array(z.string().min(1)).min(1),
);

export interface StoreQueue {
  readonly name: string;
  /** Collections and graphs whose partitions it carries. */
  readonly collections: readonly string[];
}

export function toTaskQueues(
  given: z.infer<typeof taskQueuesSchema> | undefined,
  known: readonly string[],
  problems: string[],
): StoreQueue[] {
  const queues = Object.entries(given ?? {}).map(([name, collections]) => ({ name, collections }));
  const owners = new Map<string, string>();
  for (const { name, collections } of queues) {
    for (const collection of collections) {
      const place = `worker.task_queues.${name}`;
      const owner = owners.get(collection);
      if (!known.includes(collection)) {
        problems.push(`${place}: there is no collection or graph '${collection}'; there are ${known.join(', ')}`);
      } else if (owner !== undefined) {
        problems.push(`${place}: '${collection}' is in ${owner === name ? 'it twice' : `${owner} already`}`);
      }
      owners.set(collection, name);
    }
  }
  return queues;
}
