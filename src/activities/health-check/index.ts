import { Context } from '@temporalio/activity';
import { withStatementTimeout } from '../../database/answer-limit.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { judge } from '../../domain/alerts.ts';
import type { ErrorJson } from '../../domain/run.ts';
import { keepAlerts, listAlerts } from '../../state/monitoring/alerts.ts';
import { putMeasurement } from '../../state/monitoring/measurements.ts';
import { setRunTotals } from '../../state/runs/run-totals.ts';
import { controlFailure } from '../sweep/failures.ts';
import { withHeartbeat } from '../sweep/heartbeat.ts';
import type { BeginInput, RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';
import { type Check, runChecks } from './checks.ts';
import { gatherFacts } from './facts.ts';
import { sendNotices } from './send.ts';
import { type WholeCheck, wholeCheck } from './whole-check.ts';

const longestStatementMs = 30_000;
const mostShown = 1_000;

export function createHealthActivities(deps: TaskDeps) {
  const control = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await withHeartbeat(() => withStatementTimeout(longestStatementMs, work));
    } catch (error) {
      throw controlFailure(error, Context.current().info.attempt);
    }
  };
  return {
    wholeCheck: (input: BeginInput): Promise<WholeCheck> =>
      control(() => wholeCheck(deps, input, (run) => checkHealth(deps, run))),
    /** For runs that an earlier release began. */
    checkHealth: (run: RunContext): Promise<ErrorJson | null> =>
      control(() => deps.meter.during(run, () => checkHealth(deps, run))),
    /** For runs that an earlier release began. */
    sendAlerts: () => withStatementTimeout(longestStatementMs, () => sendNotices(deps)),
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
