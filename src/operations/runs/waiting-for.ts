import { sql } from 'kysely';
import { isFinal } from '../../domain/run.ts';
import type { Run } from '../../state/runs/runs.ts';
import type { DatabaseContext } from '../context.ts';
import { pollers } from '../monitoring/pollers.ts';
import { queuePollers } from '../monitoring/queue-checks.ts';

/**
 * Returns the reason why an open run waits, in a sentence; `null` where it works, has ended, or Temporal does not
 * answer. Names of errors only: their messages may hold content.
 */
export async function waitingFor(context: DatabaseContext, run: Run): Promise<string | null> {
  if (isFinal(run.status)) return null;
  try {
    const workers = await pollers(context);
    if (workers === 0) return 'a worker: none polls the task queue; start `coppice worker` or `coppice up`';
    if (run.status === 'pending') return `a free worker: ${workers} of them poll, and none has begun it`;
    return (await inTemporal(context, run)) ?? (await forQueue(context, run)) ?? (await forOthers(context, run));
  } catch {
    return null;
  }
}

async function inTemporal(context: DatabaseContext, run: Run): Promise<string | null> {
  if (run.namespace !== context.namespace) return null;
  const { raw, status } = await (await context.client()).workflow.getHandle(run.workflow_id).describe();
  if (status.name === 'PAUSED') return 'a person: its workflow is paused in Temporal';
  const failedTasks = (raw.pendingWorkflowTask?.attempt ?? 1) - 1;
  if (failedTasks > 0) return `its workflow task, which has failed ${failedTasks} times: see Temporal's Web UI`;
  const retried = (raw.pendingActivities ?? []).find(({ attempt, lastFailure }) => (attempt ?? 1) > 1 && lastFailure);
  if (retried === undefined) return null;
  const cause = retried.lastFailure?.applicationFailureInfo?.type || 'a lost worker';
  return `attempt ${retried.attempt} of activity ${retried.activityType?.name ?? ''}, after ${cause}`;
}

/** A task queue that has unfinished partitions of the run, and that no worker polls. */
async function forQueue(context: DatabaseContext, run: Run): Promise<string | null> {
  const { db, config } = context.parts;
  for (const { name, collections } of config.worker.taskQueues) {
    const { rows } = await sql<{ any: boolean }>`select exists (select from coppice.run_partitions
      where run_no = ${run.no} and state in ('waiting', 'working') and collection = any(${collections}::text[])) as any`.execute(
      db,
    );
    if (rows[0]?.any !== true || (await queuePollers(context, name)) > 0) continue;
    return `a worker: none polls the task queue ${name}; start \`coppice worker --serve ${name}\``;
  }
  return null;
}

/** Partitions that another run works on. */
async function forOthers({ parts: { db } }: DatabaseContext, run: Run): Promise<string | null> {
  const { rows } = await sql<{ run_id: string; count: number }>`
    select l.run_id, count(*)::int8 as count from coppice.partition_locks l
    join coppice.run_partitions p on p.collection = l.collection and p.partition = l.partition
    where l.run_id <> ${run.run_id} and p.run_no = ${run.no} and p.state in ('waiting', 'working')
    group by l.run_id order by count desc limit 1`.execute(db);
  const [first] = rows;
  return first === undefined ? null : `partitions that run ${first.run_id} works on: ${first.count}`;
}
