import { type Check, check, liveQueueState } from '../../activities/health-check/checks.ts';
import { storeQueueOf } from '../../temporal/names.ts';
import { type DatabaseContext, installationOf } from '../context.ts';
import { pollerDeps } from './pollers.ts';

/** For each task queue of certain collections: whether a worker polls it. */
export function queueChecks(context: DatabaseContext): Promise<Check[]> {
  return Promise.all(
    context.parts.config.worker.taskQueues.map(({ name, collections }) =>
      check(`task queue ${name}`, async () => {
        const count = await queuePollers(context, name);
        if (count > 0) return `${count} polling`;
        const what = collections.join(', ');
        throw new Error(
          `no worker polls it, so that nothing of ${what} is worked on: start \`coppice worker --serve ${name}\``,
        );
      }),
    ),
  );
}

/** Workers that take activities from the queue of certain collections. */
export async function queuePollers(context: DatabaseContext, name: string): Promise<number> {
  const taskQueue = async () => storeQueueOf(await installationOf(context), name);
  return (await liveQueueState({ ...pollerDeps(context), taskQueue, queueType: 'activity' })).live.length;
}
