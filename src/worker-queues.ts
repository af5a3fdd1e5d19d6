import type { Config } from './config/config.ts';
import { mainQueue } from './config/task-queues.ts';
import { OperationError } from './operations/errors.ts';
import { storeQueueOf } from './temporal/names.ts';

/** The task queues of an installation: the main one, those of plugins, and those of certain collections. */

/** Names of the queues that a worker takes work from: those that it is told, else all. */
export function servedQueues({ worker }: Config, asked: readonly string[] | undefined): readonly string[] {
  const known = [mainQueue, ...worker.taskQueues.map(({ name }) => name)];
  const unknown = asked?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = `The configuration has ${known.join(', ')}; worker.task_queues names more.`;
    throw new OperationError('usage', 'UnknownQueueError', `there is no task queue '${unknown}'`, hint);
  }
  return asked ?? known;
}

/** Returns the task queue of a collection's partitions; `null`: that of the run. */
export function storeQueues({ worker }: Config, installation: string): (collection: string) => string | null {
  const queues = new Map(
    worker.taskQueues.flatMap(({ name, collections }) =>
      collections.map((collection) => [collection, storeQueueOf(installation, name)]),
    ),
  );
  return (collection) => queues.get(collection) ?? null;
}
