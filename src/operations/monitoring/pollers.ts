import { type CheckDeps, pollers as countPollers } from '../../activities/health-check/checks.ts';
import { taskQueueOf } from '../../temporal/names.ts';
import { type DatabaseContext, installationOf } from '../context.ts';

/** Workers that poll the installation's task queue, as the server has seen them of late. */
export function pollers(context: DatabaseContext): Promise<number> {
  return countPollers(pollerDeps(context));
}

/** How the Temporal server is asked about this installation. */
export function pollerDeps(context: DatabaseContext): Omit<CheckDeps, 'probes'> {
  return {
    db: context.parts.db,
    namespace: context.namespace,
    client: () => context.client(),
    taskQueue: async () => taskQueueOf(await installationOf(context)),
  };
}
