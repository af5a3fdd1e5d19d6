import type { Client } from '@temporalio/client';
import { toStoreError } from '../../database/errors.ts';
import type { Db } from '../../database/schema.ts';
import { lostWorkers, workerSilenceMs } from '../../state/installation/workers.ts';
import { isMigrated } from '../../state/migrate.ts';
import type { Probe } from '../task-deps.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

export interface CheckDeps {
  readonly db: Db;
  readonly namespace: string;
  readonly probes: readonly Probe[];
  client(): Promise<Client>;
  /** Name of the installation's task queue. */
  taskQueue(): Promise<string>;
}

const taskQueueTypeWorkflow = 1; // temporal.api.enums.v1.TaskQueueType
const longestProbeMs = 20_000;

/** Whether a run started now would be carried out: database, stores and endpoints, Temporal, and a worker that polls. */
export async function runChecks(deps: CheckDeps): Promise<Check[]> {
  return Promise.all([
    check('database', async () => {
      if (!(await isMigrated(deps.db))) throw new Error('schema coppice is missing or outdated: run `coppice migrate`');
      return 'answers, schema is current';
    }),
    ...deps.probes.map(({ name, probe }) => check(name, () => probe(AbortSignal.timeout(longestProbeMs)))),
    check('temporal', async () => {
      await (await deps.client()).workflowService.describeNamespace({ namespace: deps.namespace });
      return `answers, namespace ${deps.namespace}`;
    }),
    check('worker', async () => {
      const count = await pollers(deps);
      if (count === 0) throw new Error('no worker polls the task queue: start `coppice worker` or `coppice up`');
      return `${count} polling`;
    }),
  ]);
}

/**
 * Workers that poll the installation's task queue. Temporal remembers a poller for minutes after its end, so a worker
 * that tells Coppice of itself counts only while it does.
 */
export async function pollers(deps: Pick<CheckDeps, 'db' | 'client' | 'namespace' | 'taskQueue'>): Promise<number> {
  const client = await deps.client();
  const { pollers: found } = await client.workflowService.describeTaskQueue({
    namespace: deps.namespace,
    taskQueue: { name: await deps.taskQueue() },
    taskQueueType: taskQueueTypeWorkflow,
  });
  const identities = (found ?? []).flatMap(({ identity }) => identity ?? []);
  const lost = await lostWorkers(deps.db, identities, workerSilenceMs);
  return identities.filter((identity) => !lost.has(identity)).length;
}

export async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, message: await work() };
  } catch (failure) {
    const error = toStoreError(failure);
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
