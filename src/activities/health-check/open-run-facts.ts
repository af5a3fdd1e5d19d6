import type { Client } from '@temporalio/client';
import type { Db } from '../../database/schema.ts';
import type { Facts } from '../../domain/alerts.ts';
import { openRuns } from '../../state/runs/runs.ts';
import { orNull } from './or-null.ts';

const mostDescribed = 50;

interface OpenRunFacts {
  readonly stuckTasks: NonNullable<Facts['stuckTasks']>;
  readonly paused: NonNullable<Facts['pausedRuns']>;
}

export interface OpenRunDeps {
  readonly db: Db;
  readonly client: Client;
  readonly namespace: string;
}

/**
 * Open runs that do not go on, whatever their activities do: a workflow task that goes on failing, and a workflow that
 * somebody has paused in Temporal.
 */
export async function openRunFacts({ db, client, namespace }: OpenRunDeps): Promise<OpenRunFacts> {
  const found: { stuckTasks: OpenRunFacts['stuckTasks'][number][]; paused: OpenRunFacts['paused'][number][] } = {
    stuckTasks: [],
    paused: [],
  };
  for (const run of (await openRuns(db)).slice(0, mostDescribed)) {
    if (run.namespace !== namespace) continue;
    const description = await orNull(() => client.workflow.getHandle(run.workflow_id).describe());
    if (description === null) continue;
    const { status, raw, startTime } = description;
    const attempt = raw.pendingWorkflowTask?.attempt ?? 1;
    if (attempt > 1) found.stuckTasks.push({ runId: run.run_id, failures: attempt - 1 });
    if (status.name !== 'PAUSED') continue;
    const seconds = raw.workflowExtendedInfo?.pauseInfo?.pausedTime?.seconds;
    const since = seconds ? new Date(Number(seconds) * 1000) : startTime;
    found.paused.push({ runId: run.run_id, job: run.job, since });
  }
  return found;
}
