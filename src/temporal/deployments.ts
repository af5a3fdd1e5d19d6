import type { Client } from '@temporalio/client';

/** A version of the workers of a deployment. */
export interface WorkerVersion {
  readonly deployment: string;
  readonly buildId: string;
}

/** A worker that polls a task queue. */
export interface Poller {
  readonly identity: string;
  /** `null`: the worker is not versioned. */
  readonly version: WorkerVersion | null;
}

export interface QueueState {
  readonly pollers: readonly Poller[];
  /** The version that new runs begin on; `null`: workers without a version. */
  readonly current: WorkerVersion | null;
}

export interface DeploymentState {
  readonly current: string | null;
  readonly versions: readonly DeploymentVersion[];
  /** Guards a change against another one that came before it. */
  readonly conflictToken: Uint8Array | null;
}

export interface DeploymentVersion {
  readonly buildId: string;
  readonly state: VersionState;
  readonly createdAt: Date | null;
  /** Whether new runs have ever begun on it. */
  readonly everCurrent: boolean;
}

/** `draining`: open runs are pinned to the version. `drained`: none is, so that its workers can be stopped. */
export type VersionState = 'inactive' | 'current' | 'ramping' | 'draining' | 'drained' | 'unknown';

/** Numbers of temporal.api.enums.v1.TaskQueueType. */
const queueTypes = { workflow: 1, activity: 2 } as const;
export type QueueType = keyof typeof queueTypes;
const versioned = 2; // temporal.api.enums.v1.WorkerVersioningMode
/** Numbers of temporal.api.enums.v1.WorkerDeploymentVersionStatus. */
const states: Readonly<Record<number, VersionState>> = {
  1: 'inactive',
  2: 'current',
  3: 'ramping',
  4: 'draining',
  5: 'drained',
};
const notFound = 5; // grpc.status
const mostListed = 1_000;
const pinnedBehavior = 1; // temporal.api.workflow.v1.VersioningOverride.PinnedOverrideBehavior

interface VersionMessage {
  readonly deploymentName?: string | null;
  readonly buildId?: string | null;
}

function versionOf(message: VersionMessage | null | undefined): WorkerVersion | null {
  return message?.deploymentName && message.buildId
    ? { deployment: message.deploymentName, buildId: message.buildId }
    : null;
}

/** The workers that Temporal has lately seen on a task queue, and the version that new runs of the queue begin on. */
export async function queueState(
  client: Client,
  namespace: string,
  taskQueue: string,
  type: QueueType = 'workflow',
): Promise<QueueState> {
  const found = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: queueTypes[type],
  });
  const pollers = (found.pollers ?? []).flatMap(({ identity, deploymentOptions }) =>
    identity
      ? [
          {
            identity,
            version: deploymentOptions?.workerVersioningMode === versioned ? versionOf(deploymentOptions) : null,
          },
        ]
      : [],
  );
  return { pollers, current: versionOf(found.versioningInfo?.currentDeploymentVersion) };
}

/** `null`: no worker of a deployment of that name has polled yet. */
export async function describeDeployment(client: Client, name: string): Promise<DeploymentState | null> {
  try {
    const { workerDeploymentInfo: info, conflictToken } = await client.workflowService.describeWorkerDeployment({
      namespace: client.options.namespace,
      deploymentName: name,
    });
    return {
      current: versionOf(info?.routingConfig?.currentDeploymentVersion)?.buildId ?? null,
      versions: (info?.versionSummaries ?? []).flatMap((one) => {
        const buildId = one.deploymentVersion?.buildId;
        if (!buildId) return [];
        const seconds = one.createTime?.seconds;
        return {
          buildId,
          state: states[Number(one.status ?? 0)] ?? 'unknown',
          createdAt: seconds ? new Date(Number(seconds) * 1000) : null,
          everCurrent: Boolean(one.currentSinceTime ?? one.lastCurrentTime ?? one.firstActivationTime),
        };
      }),
      conflictToken: conflictToken ?? null,
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === notFound) return null;
    throw error;
  }
}

/** New runs begin on the version from now on. Temporal refuses a version of which no worker polls. */
export async function setCurrentVersion(
  client: Client,
  { deployment, buildId }: { readonly deployment: string; readonly buildId: string | null },
  conflictToken: Uint8Array | null = null,
): Promise<void> {
  await client.workflowService.setWorkerDeploymentCurrentVersion({
    namespace: client.options.namespace,
    deploymentName: deployment,
    buildId: buildId ?? '',
    conflictToken: conflictToken ?? undefined,
    identity: client.options.identity,
  });
}

/** An open workflow that only workers of its version continue. */
export interface PinnedWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly taskQueue: string;
  readonly version: WorkerVersion;
}

/** The first thousand open workflows of these task queues that are pinned to a version. */
export async function pinnedWorkflows(client: Client, taskQueues: readonly string[]): Promise<PinnedWorkflow[]> {
  const queues = taskQueues.map((name) => `'${name}'`).join(', ');
  const query = `TaskQueue IN (${queues}) AND ExecutionStatus = 'Running' AND TemporalWorkflowVersioningBehavior = 'Pinned'`;
  const found: PinnedWorkflow[] = [];
  for await (const { workflowId, runId, taskQueue, searchAttributes } of client.workflow.list({
    query,
    pageSize: mostListed,
  })) {
    const [deployment = '', ...rest] = String(searchAttributes.TemporalWorkerDeploymentVersion?.[0] ?? '').split(':');
    if (rest.length > 0) found.push({ workflowId, runId, taskQueue, version: { deployment, buildId: rest.join(':') } });
    if (found.length === mostListed) break;
  }
  return found;
}

/** From its next workflow task on, the workflow is pinned to the version. */
export async function pinWorkflow(
  client: Client,
  { workflowId, runId }: Pick<PinnedWorkflow, 'workflowId' | 'runId'>,
  { deployment: deploymentName, buildId }: WorkerVersion,
): Promise<void> {
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowExecutionOptions: {
      versioningOverride: { pinned: { behavior: pinnedBehavior, version: { deploymentName, buildId } } },
    },
    updateMask: { paths: ['versioning_override'] },
    identity: client.options.identity,
  });
}

export function sameVersion(one: WorkerVersion | null, other: WorkerVersion | null): boolean {
  return one?.deployment === other?.deployment && one?.buildId === other?.buildId;
}
