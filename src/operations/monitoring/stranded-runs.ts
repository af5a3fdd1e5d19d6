import { liveQueueState } from '../../activities/health-check/checks.ts';
import { type PinnedWorkflow, pinnedWorkflows, sameVersion } from '../../temporal/deployments.ts';
import { taskQueueOf } from '../../temporal/names.ts';
import { pluginsWithSchedules } from '../../temporal/own-schedules.ts';
import { type Context, installationOf } from '../context.ts';
import { pollerDeps } from './pollers.ts';

/** An open workflow that waits for a worker of the version that it is pinned to, of which none polls. */
export interface StrandedRunJson {
  readonly workflow_id: string;
  readonly run_id: string;
  readonly deployment: string;
  readonly build_id: string;
  /** Moves it to the current version. */
  readonly command: string;
}

/** None where Temporal does not answer, or is of a release without versions of workers: other checks report that. */
export async function strandedRuns(context: Context): Promise<readonly StrandedRunJson[]> {
  try {
    const client = await context.client();
    const pinned = await pinnedWorkflows(client, await taskQueuesOf(context));
    const waiting = await Promise.all(
      [...new Set(pinned.map(({ taskQueue }) => taskQueue))].map((taskQueue) =>
        withoutWorker(
          context,
          taskQueue,
          pinned.filter((one) => one.taskQueue === taskQueue),
        ),
      ),
    );
    return waiting.flat().map(({ workflowId, runId, version: { deployment, buildId } }) => ({
      ...{ workflow_id: workflowId, run_id: runId, deployment, build_id: buildId },
      command: `coppice deployment move ${workflowId}`,
    }));
  } catch {
    return [];
  }
}

async function withoutWorker(context: Context, taskQueue: string, pinned: readonly PinnedWorkflow[]) {
  const { live } = await liveQueueState({ ...pollerDeps(context), taskQueue: async () => taskQueue });
  return pinned.filter((one) => !live.some(({ version }) => sameVersion(version, one.version)));
}

/** Coppice's own task queue, and those of the plugins that are configured here or have schedules. */
export async function taskQueuesOf(context: Context): Promise<string[]> {
  const installation = await installationOf(context);
  const configured = context.parts.config.plugins.map(({ name }) => name);
  const scheduled = await pluginsWithSchedules(await context.client(), installation);
  return [
    taskQueueOf(installation),
    ...[...new Set([...configured, ...scheduled])].sort().map((name) => taskQueueOf(installation, name)),
  ];
}
