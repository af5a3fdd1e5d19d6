import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { HealthActivities } from '../activities/health-check/index.ts';
import type { InsightActivities } from '../activities/insight-generation/index.ts';
import type { SweepActivities } from '../activities/sweep/index.ts';
import type { RunContext } from '../activities/sweep/types.ts';
import type { UpkeepActivities } from '../activities/upkeep/index.ts';
import type { ReportActivities } from '../activities/weekly-report/index.ts';
import { retryPolicy } from '../domain/retry.ts';

/**
 * Steps that the whole run waits for. Tried again until the store is back: a database that is down for an hour costs a
 * run an hour, not its life. Their worker's signs of life tell a lost one from a slow one.
 */
function stepping(heartbeatTimeoutMs: number) {
  return proxyActivities<SweepActivities>({
    startToCloseTimeout: '5 minutes',
    scheduleToCloseTimeout: '6 hours',
    heartbeatTimeout: heartbeatTimeoutMs,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  });
}

export function control({ timings }: RunContext) {
  return stepping(timings.heartbeatTimeoutMs);
}

/** Before the run knows what its worker is set to. */
export const entering = stepping(20_000);

/** Telling people must not keep a run. */
export const notices = proxyActivities<Pick<SweepActivities, 'notifyHeld'>>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '2 seconds', maximumAttempts: 5 },
});

export function surveying({ timings }: RunContext) {
  return proxyActivities<Pick<SweepActivities, 'survey'>>({
    startToCloseTimeout: '4 hours',
    scheduleToCloseTimeout: '8 hours',
    heartbeatTimeout: timings.heartbeatTimeoutMs,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  });
}

/** A pack is never retried by Temporal: the workflow schedules it afresh, or hands failed partitions on by number. */
export function packing({ timings }: RunContext) {
  return proxyActivities<Pick<SweepActivities, 'drain'>>({
    startToCloseTimeout: timings.sliceMs + 600_000,
    heartbeatTimeout: timings.heartbeatTimeoutMs,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  });
}

/** A partition that failed has an activity of its own, whose retries Temporal keeps and shows. */
export function isolating({ timings, retry }: RunContext) {
  return proxyActivities<Pick<SweepActivities, 'drain'>>({
    startToCloseTimeout: timings.sliceMs + 600_000,
    heartbeatTimeout: timings.heartbeatTimeoutMs,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: retryPolicy(retry),
  });
}

/** Waits for the stores: one activity, retried quietly, however many packs wait for it. */
export function probing({ timings }: RunContext) {
  return proxyActivities<Pick<SweepActivities, 'probe'>>({
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: timings.outageMs,
    retry: { initialInterval: '1 second', backoffCoefficient: 1.5, maximumInterval: '15 seconds' },
  });
}

/** Upkeep goes on for as long as there is something, a slice at a time. A database that is down is waited for. */
export function tidying({ timings }: RunContext) {
  return proxyActivities<UpkeepActivities>({
    startToCloseTimeout: timings.sliceMs + 3_600_000,
    scheduleToCloseTimeout: '8 hours',
    heartbeatTimeout: timings.heartbeatTimeoutMs,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  });
}

/** Insights and reports are made user by user, a slice at a time. */
export function reporting({ timings }: RunContext) {
  return proxyActivities<InsightActivities & ReportActivities>({
    startToCloseTimeout: timings.sliceMs + 600_000,
    scheduleToCloseTimeout: '8 hours',
    heartbeatTimeout: timings.heartbeatTimeoutMs,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  });
}

/** Waits for a database that is down, as the steps of other runs do. */
export const checkingAtOnce = proxyActivities<Pick<HealthActivities, 'wholeCheck'>>({
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '6 hours',
  heartbeatTimeout: 20_000,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/** A check that hangs is a finding of the next one. */
export function checking({ timings }: RunContext) {
  return proxyActivities<Pick<HealthActivities, 'checkHealth'>>({
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '4 minutes',
    heartbeatTimeout: timings.heartbeatTimeoutMs,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' },
  });
}

export const alerting = proxyActivities<Pick<HealthActivities, 'sendAlerts'>>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '2 seconds', maximumAttempts: 3 },
});
