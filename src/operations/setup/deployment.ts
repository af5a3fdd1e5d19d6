import { liveQueueState } from '../../activities/health-check/checks.ts';
import { workerBuildId } from '../../plugins/worker-build-id.ts';
import {
  type DeploymentState,
  describeDeployment,
  type PinnedWorkflow,
  pinnedWorkflows,
  pinWorkflow,
  sameVersion,
  setCurrentVersion,
  type VersionState,
} from '../../temporal/deployments.ts';
import { type Context, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { pollerDeps } from '../monitoring/pollers.ts';
import { taskQueuesOf } from '../monitoring/stranded-runs.ts';
import { applyCatalogue } from '../runs/schedules.ts';

export interface DeploymentJson {
  readonly name: string;
  /** The version that new runs begin on; `null`: workers without a version. */
  readonly current: string | null;
  /** The version of the Coppice that answers. */
  readonly own: string;
  readonly versions: readonly VersionJson[];
}

export interface VersionJson {
  readonly build_id: string;
  readonly state: VersionState;
  readonly created_at: string | null;
  /** Workers of the version that poll the task queue. */
  readonly workers: number;
  /** Open workflows that are pinned to the version; 1,000 at most. */
  readonly open_runs: number;
}

/** The versions of the configured deployment, the latest first. */
export async function showDeployment(context: Context): Promise<DeploymentJson> {
  const { name, client, found } = await deploymentOf(context);
  const [{ live }, pinned] = await Promise.all([
    liveQueueState(pollerDeps(context)),
    pinnedWorkflows(client, await taskQueuesOf(context)),
  ]);
  const versions = found.versions.map(({ buildId, state, createdAt }) => {
    const version = { deployment: name, buildId };
    return {
      ...{ build_id: buildId, state, created_at: createdAt?.toISOString() ?? null },
      workers: live.filter((one) => sameVersion(one.version, version)).length,
      open_runs: pinned.filter((one) => sameVersion(one.version, version)).length,
    };
  });
  return {
    ...{ name, current: found.current, own: workerBuildId(context.parts.config) },
    versions: versions.sort((one, other) => (other.created_at ?? '').localeCompare(one.created_at ?? '')),
  };
}

/**
 * `undefined`: the version of the Coppice that is asked; `null`: workers without a version. Schedules follow where this
 * Coppice is of the version: those of another catalogue might start workflows that it does not know.
 */
export async function setCurrent(context: Context, given?: string | null): Promise<DeploymentJson> {
  const { name, client, found } = await deploymentOf(context);
  const buildId = given === undefined ? workerBuildId(context.parts.config) : given;
  if (buildId !== null) requireKnown(found, name, buildId);
  try {
    await setCurrentVersion(client, { deployment: name, buildId }, found.conflictToken);
  } catch (error) {
    throw refused(error, `version ${buildId ?? 'none'} of deployment '${name}' was not made current`);
  }
  if (buildId === workerBuildId(context.parts.config)) await applyCatalogue(context, { move: false });
  return showDeployment(context);
}

export interface MovedJson {
  readonly to: string;
  readonly moved: readonly string[];
}

/**
 * Moves open runs to the current version, where they go on by replay: the run with this run id or workflow id, or all that
 * are pinned to this build id.
 */
export async function moveRuns(context: Context, given: string): Promise<MovedJson> {
  await installationOf(context);
  const { name, client, found } = await deploymentOf(context);
  const { current } = found;
  if (current === null) {
    const hint = 'See coppice deployment show, then coppice deployment set-current.';
    throw new OperationError('conflict', 'NoCurrentVersionError', `deployment '${name}' has no current version`, hint);
  }
  const pinned = await pinnedWorkflows(client, await taskQueuesOf(context));
  const chosen = pinned.filter(
    ({ workflowId, runId, version }) =>
      version.buildId !== current && (workflowId === given || runId === given || version.buildId === given),
  );
  if (chosen.length === 0) throw nothingToMove(pinned, given, current);
  for (const one of chosen) await pinWorkflow(client, one, { deployment: name, buildId: current });
  return { to: current, moved: chosen.map(({ workflowId }) => workflowId) };
}

function nothingToMove(pinned: readonly PinnedWorkflow[], given: string, current: string): OperationError {
  const there = pinned.some(
    ({ workflowId, runId, version }) => workflowId === given || runId === given || version.buildId === given,
  );
  return there
    ? new OperationError('conflict', 'AlreadyMovedError', `'${given}' is on the current version ${current} already`)
    : new OperationError(
        'missing',
        'UnknownRunError',
        `no open run with the id '${given}' is pinned to a version, and none is pinned to a version of that name`,
        'See coppice deployment show.',
      );
}

async function deploymentOf(context: Context) {
  const { deployment } = context.parts.config.temporal;
  if (deployment === null) {
    throw new OperationError(
      'usage',
      'NoDeploymentError',
      'no deployment is configured',
      'Set temporal.deployment.name in coppice.yaml, or COPPICE_DEPLOYMENT_NAME.',
    );
  }
  const client = await context.client();
  const found = await describeDeployment(client, deployment.name);
  if (found === null) {
    throw new OperationError(
      'missing',
      'UnknownDeploymentError',
      `Temporal knows no deployment '${deployment.name}': no worker of it has polled yet`,
      'Start coppice worker with this configuration.',
    );
  }
  return { name: deployment.name, client, found };
}

function requireKnown({ versions }: DeploymentState, name: string, buildId: string): void {
  if (versions.some((one) => one.buildId === buildId)) return;
  const known = versions.map((one) => one.buildId).join(', ');
  throw new OperationError(
    'missing',
    'UnknownVersionError',
    `no worker of version '${buildId}' of deployment '${name}' has polled yet`,
    `Versions: ${known}.`,
  );
}

/** Temporal names the reason: a version without workers, or one that does not poll all task queues. */
function refused(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || !('details' in error)) return error;
  const [reason = ''] = String(error.details).split('\n');
  const hint = 'See coppice deployment show: workers of the version must poll every task queue of the current one.';
  return new OperationError('conflict', 'NotCurrentError', `${what}: ${reason}`, hint);
}
