import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { workerBuildId } from './plugins/worker-build-id.ts';
import { describeDeployment, setCurrentVersion, type WorkerVersion } from './temporal/deployments.ts';

/** The version of a worker, and the options that declare it to Temporal. */
export interface WorkerDeployment {
  readonly version: WorkerVersion;
  readonly options: Pick<WorkerOptions, 'workerDeploymentOptions'>;
}

/** Returns `null` where no deployment is configured. */
export function workerDeployment(config: Config): WorkerDeployment | null {
  const { deployment } = config.temporal;
  if (deployment === null) return null;
  const buildId = workerBuildId(config);
  return {
    version: { deployment: deployment.name, buildId },
    options: {
      workerDeploymentOptions: {
        version: { deploymentName: deployment.name, buildId },
        useWorkerVersioning: true,
        defaultVersioningBehavior: deployment.behavior === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE',
      },
    },
  };
}

/** Whether new runs begin on another version than this one. */
export async function isOtherCurrent(client: Client, { deployment, buildId }: WorkerVersion): Promise<boolean> {
  const current = (await describeDeployment(client, deployment))?.current ?? null;
  return current !== null && current !== buildId;
}

const retryMs = 1_000;

/**
 * Makes the first version of a deployment its current one, since new runs would wait for a person otherwise. A deployment
 * that has had a current version is left alone: a person decides when new runs begin on another one. Resolves when that is
 * settled, or when `stop` aborts.
 */
export async function becomeFirstVersion(
  client: Client,
  { deployment, buildId }: WorkerVersion,
  log: Logger,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      const found = await describeDeployment(client, deployment);
      const own = found?.versions.find((one) => one.buildId === buildId);
      if (found !== null && own !== undefined) {
        const { current, versions, conflictToken } = found;
        const fields = { deployment, build_id: buildId, current };
        if (current === buildId) return log.info(fields, 'this worker is of the current version');
        if (current !== null || versions.some(({ everCurrent }) => everCurrent)) {
          return log.warn(fields, 'new runs begin on another version; `coppice deployment set-current` changes that');
        }
        await setCurrentVersion(client, { deployment, buildId }, conflictToken);
        return log.info(fields, 'the first version of the deployment is now its current one');
      }
    } catch (error) {
      log.debug({ deployment, reason: error instanceof Error ? error.message : String(error) }, 'asked again');
    }
    await delay(retryMs, undefined, { signal: stop, ref: false }).catch(() => {});
  }
}
