import { isMigrated } from '../state/migrate.ts';
import { taskQueueOf } from '../temporal/names.ts';
import { type Context, installationOf } from './context.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

export interface HealthJson {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

const taskQueueTypeWorkflow = 1; // temporal.api.enums.v1.TaskQueueType

/** Whether a run started now would be carried out: database, vector stores, Temporal, and a worker that polls. */
export async function health(context: Context): Promise<HealthJson> {
  const { db, collections } = context.parts;
  const checks = [
    await check('database', async () => {
      if (!(await isMigrated(db))) throw new Error('schema coppice is missing or outdated: run `coppice migrate`');
      return 'answers, schema is current';
    }),
  ];
  for (const { store, vectors } of collections) {
    if (store.mapping.vectors.in !== 'weaviate' || vectors === null) continue;
    checks.push(
      await check(`vectors of ${store.mapping.name}`, async () => {
        await vectors.probe();
        return vectors.description;
      }),
    );
  }
  checks.push(
    await check('temporal', async () => {
      await context.client();
      return `answers, namespace ${context.namespace}`;
    }),
    await check('worker', async () => {
      const count = await pollers(context);
      if (count === 0) throw new Error('no worker polls the task queue: start `coppice worker` or `coppice up`');
      return `${count} polling`;
    }),
  );
  return { ok: checks.every((one) => one.ok), checks };
}

/** Workers that poll the installation's task queue, as the server has seen them of late. */
export async function pollers(context: Context): Promise<number> {
  const client = await context.client();
  const { pollers: found } = await client.workflowService.describeTaskQueue({
    namespace: context.namespace,
    taskQueue: { name: taskQueueOf(await installationOf(context)) },
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
