import type { Client } from '@temporalio/client';
import { isMigrated } from '../../state/migrate.ts';
import type { Db } from '../../state/schema.ts';
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

/** Workers that poll the installation's task queue, as the server has seen them of late. */
export async function pollers(deps: Pick<CheckDeps, 'client' | 'namespace' | 'taskQueue'>): Promise<number> {
  const client = await deps.client();
  const { pollers: found } = await client.workflowService.describeTaskQueue({
    namespace: deps.namespace,
    taskQueue: { name: await deps.taskQueue() },
    taskQueueType: taskQueueTypeWorkflow,
  });
  return found?.length ?? 0;
}

export async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, message: await work() };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
