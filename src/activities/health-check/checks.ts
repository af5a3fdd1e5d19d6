import type { Client } from '@temporalio/client';
import { toStoreError } from '../../database/errors.ts';
import type { Db } from '../../database/schema.ts';
import { lostWorkers, workerSilenceMs } from '../../state/installation/workers.ts';
import { isMigrated } from '../../state/migrate.ts';
import {
  type Poller,
  type QueueType,
  queueState,
  sameVersion,
  type WorkerVersion,
} from '../../temporal/deployments.ts';
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
  /** The kind of task that its workers take from it; workflow tasks where this is absent. */
  readonly queueType?: QueueType;
}

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
      const { fitting, others, current } = await workersOf(deps);
      if (fitting > 0) return `${fitting} polling`;
      if (others.length === 0)
        throw new Error('no worker polls the task queue: start `coppice worker` or `coppice up`');
      throw new Error(whyNoneFits(current, others));
    }),
  ]);
}

type WorkerDeps = Pick<CheckDeps, 'db' | 'client' | 'namespace' | 'taskQueue' | 'queueType'>;

/** Workers that poll the task queue and take up new runs: with a deployment, those of its current version. */
export async function pollers(deps: WorkerDeps): Promise<number> {
  return (await workersOf(deps)).fitting;
}

async function workersOf(
  deps: WorkerDeps,
): Promise<{ fitting: number; others: readonly (WorkerVersion | null)[]; current: WorkerVersion | null }> {
  const { live, current } = await liveQueueState(deps);
  const others = live.flatMap(({ version }) => (sameVersion(version, current) ? [] : [version]));
  return { fitting: live.length - others.length, others, current };
}

/**
 * Workers that poll the task queue. Temporal remembers a poller for minutes after its end, so a worker that tells Coppice
 * of itself counts only while it does.
 */
export async function liveQueueState(
  deps: WorkerDeps,
): Promise<{ readonly live: readonly Poller[]; readonly current: WorkerVersion | null }> {
  const { db, namespace, queueType } = deps;
  const { pollers: found, current } = await queueState(
    await deps.client(),
    namespace,
    await deps.taskQueue(),
    queueType,
  );
  const identities = found.map(({ identity }) => identity);
  const lost = await lostWorkers(db, identities, workerSilenceMs);
  return { live: found.filter(({ identity }) => !lost.has(identity)), current };
}

function whyNoneFits(current: WorkerVersion | null, others: readonly (WorkerVersion | null)[]): string {
  const wanted = current === null ? 'without a version' : `of version ${current.buildId}`;
  const polling = [...new Set(others.map((one) => one?.buildId ?? 'none'))].sort();
  const command =
    polling[0] === 'none'
      ? 'coppice deployment set-current --unversioned'
      : `coppice deployment set-current ${polling[0]}`;
  return (
    `new runs begin on workers ${wanted}, and none of them polls (versions that poll: ${polling.join(', ')}): ` +
    `start one, or run \`${command}\``
  );
}

export async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, message: await work() };
  } catch (failure) {
    const error = toStoreError(failure);
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
