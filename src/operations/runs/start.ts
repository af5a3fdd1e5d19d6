import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { RunJson, RunKind } from '../../domain/run.ts';
import { fairnessKey } from '../../state/locks/key.ts';
import { askRun, getRun, toRunJson } from '../../state/runs/runs.ts';
import { leaveQueue } from '../../state/runs/start-queue.ts';
import { priorityKeys, taskQueueOf, workflowIdPrefix } from '../../temporal/names.ts';
import type { JobInput, UndoInput } from '../../workflows/input.ts';
import { type Context, installationOf, jobOf } from '../context.ts';
import { queuePlace } from './queue-place.ts';

export interface StartRequest {
  readonly job: string;
  readonly kind: RunKind;
  readonly workflowType: string;
  readonly input: JobInput | UndoInput;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly undoes: string | null;
  /** Name of the one partition that the run is for: Temporal serves the run in turn with those of others. */
  readonly tenant?: string;
  /** One line for the Temporal Web UI. */
  readonly summary: string;
}

/**
 * Starts the workflow and writes down that the run was asked for, so that it is seen before a worker takes it up. Of runs
 * that nobody takes up there are only so many: one more is refused.
 */
export async function startRun(context: Context, request: StartRequest): Promise<RunJson> {
  const installation = await installationOf(context);
  const client = await context.client();
  const place = await queuePlace(context);
  try {
    return await start(context, client, installation, request);
  } finally {
    await leaveQueue(context.parts.db, place);
  }
}

async function start(context: Context, client: Client, installation: string, request: StartRequest): Promise<RunJson> {
  const { job, kind } = request;
  const settings = jobOf(context, job);
  const plain = kind === 'sweep' || kind === 'task';
  const prefix = workflowIdPrefix(installation, plain ? job : `${kind}-${job}`);
  const workflowId = `${prefix}-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z-${randomBytes(3).toString('hex')}`;
  const handle = await client.workflow.start(request.workflowType, {
    taskQueue: taskQueueOf(installation, settings.job.plugin),
    workflowId,
    args: [{ ...request.input, installation, requested_by: context.requestedBy }],
    memo: { coppice_installation: installation, coppice_job: job },
    priority: {
      priorityKey: priorityKeys[settings.priority],
      ...(request.tenant === undefined ? {} : { fairnessKey: fairnessKey(installation, request.tenant) }),
    },
    staticSummary: request.summary,
    staticDetails: `asked for by ${context.requestedBy}`,
  });
  const runId = handle.firstExecutionRunId;
  await askRun(context.parts.db, {
    runId,
    workflowId,
    namespace: context.namespace,
    job,
    kind,
    parameters: request.parameters,
    requestedBy: context.requestedBy,
    undoes: request.undoes,
  });
  const json = await toRunJson(context.parts.db, await getRun(context.parts.db, runId));
  return { ...json, status: 'running' };
}
