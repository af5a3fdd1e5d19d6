import { sql } from 'kysely';
import type { Facts } from '../../domain/alerts.ts';
import { databaseNow } from '../../state/clock.ts';
import { listLeases } from '../../state/leases.ts';
import { ledgerSize } from '../../state/ledger.ts';
import { readMeasurements } from '../../state/measurements.ts';
import { openRuns } from '../../state/runs.ts';
import type { TaskDeps } from '../task-deps.ts';
import type { Check } from './checks.ts';
import { groupFailures, orphans, staleGroups } from './group-facts.ts';
import { scheduleFacts } from './schedule-facts.ts';

const mostDescribed = 50;

/** Everything that the alert rules judge, from Coppice's tables and from Temporal. */
export async function gatherFacts(deps: TaskDeps, checks: readonly Check[]): Promise<Facts> {
  const { db } = deps;
  const now = await databaseNow(db);
  const [heldRuns, deadLetters, waiting, lastSuccess] = await Promise.all([
    sql<Facts['heldRuns'][number]>`
      select run_id as "runId", job, finished_at as since from coppice.runs
      where status = 'held' and approval is null and finished_at is not null`.execute(db),
    sql<Facts['deadLetters'][number]>`
      select job, count(*)::int as count from coppice.dead_letters group by job`.execute(db),
    sql<Facts['waiting'][number]>`
      select job, min(asked_at) as since, count(*)::int as count from coppice.runs
      where status = 'pending' group by job`.execute(db),
    sql<{ job: string; at: Date }>`
      select job, max(finished_at) as at from coppice.runs where status = 'success' group by job`.execute(db),
  ]);
  const successes = new Map(lastSuccess.rows.map(({ job, at }) => [job, at]));
  return {
    now,
    failedChecks: checks.filter((one) => !one.ok),
    schedules: await orNull(() => punctuality(deps, successes, now)),
    heldRuns: heldRuns.rows,
    deadLetters: deadLetters.rows,
    leases: (await listLeases(db)).map(({ name, acquiredAt }) => ({ name, since: acquiredAt ?? now })),
    stuckTasks: await orNull(() => stuckTasks(deps)),
    waiting: waiting.rows,
    ledger: { bytes: await ledgerSize(db), budget: ledgerBudget(deps) },
    drift: (await readMeasurements(db, 'drift:')).map(({ name, value }) => ({
      collection: name.slice('drift:'.length),
      vectors: Number(value.vectors_without_row),
    })),
    staleGroups: await staleGroups(db, deps.alerts.stale_group_hours),
    groupFailures: await groupFailures(db),
    orphans: await orphans(db, deps.alerts.orphan_growth_least),
  };
}

/** The check itself is not among them: one that does not run cannot say so, and one that finds something is no success. */
async function punctuality(deps: TaskDeps, successes: ReadonlyMap<string, Date>, now: Date) {
  const found = await scheduleFacts(deps.client, deps.ownSchedules(), successes, now);
  return found.filter(({ job }) => job !== 'health-check');
}

/** A workflow task that goes on failing keeps its run where it is, whatever the activities do. */
async function stuckTasks(deps: TaskDeps): Promise<Facts['stuckTasks']> {
  const found = [];
  for (const run of (await openRuns(deps.db)).slice(0, mostDescribed)) {
    if (run.namespace !== deps.namespace) continue;
    const description = await orNull(() => deps.client.workflow.getHandle(run.workflow_id).describe());
    const attempt = description?.raw.pendingWorkflowTask?.attempt ?? 1;
    if (attempt > 1) found.push({ runId: run.run_id, failures: attempt - 1 });
  }
  return found;
}

/** The smallest budget of any job: beyond it runs are held. */
function ledgerBudget({ jobs, settings }: TaskDeps): number {
  return Math.min(...jobs.map((job) => settings(job).ledger.maxBytes));
}

async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}
