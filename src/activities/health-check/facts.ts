import { sql } from 'kysely';
import type { JobSettings } from '../../config/config.ts';
import { databaseNow } from '../../database/clock.ts';
import type { Facts } from '../../domain/alerts.ts';
import { removesData } from '../../jobs/facts.ts';
import { ledgerSize } from '../../state/ledger/ledger.ts';
import { listLeases } from '../../state/locks/leases.ts';
import { readMeasurements } from '../../state/monitoring/measurements.ts';
import { putWatched, readWatched, type ScheduleNotes } from '../../state/monitoring/watched.ts';
import type { TaskDeps } from '../task-deps.ts';
import type { Check } from './checks.ts';
import { groupFailures, orphans, staleGroups } from './group-facts.ts';
import { openRunFacts } from './open-run-facts.ts';
import { orNull } from './or-null.ts';
import { type ScheduleFacts, scheduleFacts } from './schedule-facts.ts';
import { unjudgedRows } from './unjudged-rows.ts';

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
  const before = await readWatched(db);
  const looked = await orNull(() => lookAtSchedules(deps, successes, before.schedules, now));
  const open = await orNull(() => openRunFacts(deps));
  const unjudged = await unjudgedRows(db, deps.jobs);
  await putWatched(db, {
    schedules: looked?.notes ?? before.schedules,
    paused_runs: open?.paused.length ?? null,
    unjudged: unjudged.map(({ job, collection, share }) => ({ job, collection, share })),
  });
  return {
    now,
    failedChecks: checks.filter((one) => !one.ok),
    schedules: looked?.running ?? null,
    pausedSchedules: looked?.paused ?? null,
    pausedRuns: open?.paused ?? null,
    heldRuns: heldRuns.rows,
    deadLetters: deadLetters.rows,
    leases: (await listLeases(db)).map(({ name, acquiredAt }) => ({ name, since: acquiredAt ?? now })),
    stuckTasks: open?.stuckTasks ?? null,
    waiting: waiting.rows,
    ledger: { bytes: await ledgerSize(db), budget: ledgerBudget(deps) },
    drift: (await readMeasurements(db, 'drift:')).map(({ name, value }) => ({
      collection: name.slice('drift:'.length),
      vectors: Number(value.vectors_without_row),
    })),
    unjudged,
    staleGroups: await staleGroups(db, deps.alerts.stale_group_hours),
    groupFailures: await groupFailures(db),
    orphans: await orphans(db, deps.alerts.orphan_growth_least),
  };
}

/** The check itself is not among them: one that does not run cannot say so, and one that finds something is no success. */
async function lookAtSchedules(
  deps: TaskDeps,
  successes: ReadonlyMap<string, Date>,
  before: ScheduleNotes,
  now: Date,
): Promise<ScheduleFacts> {
  const found = await scheduleFacts(deps.client, deps.ownSchedules(), successes, before, now);
  const removing = new Set(deps.jobs.filter((job) => startsAndRemoves(deps.settings(job))));
  return {
    ...found,
    running: found.running.filter(({ job }) => job !== 'health-check'),
    paused: found.paused.filter(({ job }) => removing.has(job)),
  };
}

/** A job that the configuration itself switches off is meant to be paused. */
function startsAndRemoves({ job, schedules }: JobSettings): boolean {
  return removesData(job) && schedules.some(({ enabled }) => enabled !== false);
}

/** The smallest budget of any job: beyond it runs are held. */
function ledgerBudget({ jobs, settings }: TaskDeps): number {
  return Math.min(...jobs.map((job) => settings(job).ledger.maxBytes));
}
