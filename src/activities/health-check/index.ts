import { Context } from '@temporalio/activity';
import { withStatementTimeout } from '../../database/answer-limit.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { judge } from '../../domain/alerts.ts';
import type { ErrorJson } from '../../domain/run.ts';
import { keepAlerts, listAlerts, markSent, unsentAlerts } from '../../state/monitoring/alerts.ts';
import { putMeasurement } from '../../state/monitoring/measurements.ts';
import { setRunTotals } from '../../state/runs/run-totals.ts';
import { controlFailure } from '../sweep/failures.ts';
import { withHeartbeat } from '../sweep/heartbeat.ts';
import type { RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';
import { postWebhook } from '../webhook.ts';
import { type Check, runChecks } from './checks.ts';
import { alertEvent } from './event.ts';
import { gatherFacts } from './facts.ts';

const longestStatementMs = 30_000;
const mostShown = 1_000;
const sentAtOnce = 20;

export function createHealthActivities(deps: TaskDeps) {
  return {
    checkHealth: async (run: RunContext): Promise<ErrorJson | null> => {
      try {
        return await withHeartbeat(() =>
          withStatementTimeout(longestStatementMs, () => deps.meter.during(run, () => checkHealth(deps, run))),
        );
      } catch (error) {
        throw controlFailure(error, Context.current().info.attempt);
      }
    },
    sendAlerts: () => withStatementTimeout(longestStatementMs, () => sendAlerts(deps)),
  };
}

export type HealthActivities = ReturnType<typeof createHealthActivities>;

async function checkHealth(deps: TaskDeps, run: RunContext): Promise<ErrorJson | null> {
  const checks = await runChecks({
    db: deps.db,
    namespace: deps.namespace,
    probes: deps.probes,
    client: async () => deps.client,
    taskQueue: async () => Context.current().info.taskQueue,
  });
  await putMeasurement(deps.db, 'health', { checks });
  const { found, judged } = judge(await gatherFacts(deps, checks), deps.alerts);
  const { fired, resolved } = await keepAlerts(deps.db, found, judged);
  const failed = checks.filter((one) => !one.ok);
  const standing = await listAlerts(deps.db, { all: false, limit: mostShown });
  const totals = {
    checks: checks.length,
    failed_checks: failed.length,
    fired_alerts: fired,
    resolved_alerts: resolved,
    standing_alerts: standing.length,
  };
  await boundedTransaction(deps.db, (tx) => setRunTotals(tx, run.runNo, totals));
  for (const { name, message } of failed) deps.log.error({ check: name, reason: message }, 'health check failed');
  return failed.length === 0 ? null : problemOf(failed);
}

function problemOf(failed: readonly Check[]): ErrorJson {
  return {
    name: 'UnhealthyError',
    message: failed
      .map(({ name, message }) => `${name}: ${message}`)
      .join('; ')
      .slice(0, 500),
    hint: 'See coppice health.',
  };
}

/** What the webhook has not heard yet, in order; without a webhook there is nobody to tell. */
async function sendAlerts(deps: TaskDeps): Promise<void> {
  const { db, webhook } = deps;
  if (webhook === null) return;
  for (const alert of await unsentAlerts(db, sentAtOnce)) {
    for (const state of ['firing', 'resolved'] as const) {
      const sent = state === 'firing' ? alert.firing_sent_at : alert.resolved_sent_at;
      if (sent !== null || (state === 'resolved' && alert.resolved_at === null)) continue;
      await postWebhook(webhook, alertEvent(alert, state, deps.installation), `alert-${alert.id}-${state}`);
      await markSent(db, alert.id, state);
    }
  }
}
