import type { WorkflowExecutionInfo } from '@temporalio/client';
import { taskQueueOf } from '../../temporal/names.ts';
import { type Context, installationOf } from '../context.ts';

/** Temporal actions of this installation's workflows within a day. Temporal Cloud bills actions. */
export interface TemporalActionsJson {
  /** An estimate from the lengths of histories; activities that run at once are counted too low. */
  readonly last_day: number;
  /** Share of `health-check`, 0 to 1. */
  readonly health_check_share: number;
}

const dayMs = 86_400_000;
/** An installation with more workflows a day is estimated from the latest ones. */
const mostWorkflows = 5_000;
const answerWithinMs = 5_000;
const healthChecks: ReadonlySet<string> = new Set(['healthCheck', 'healthCheckAtOnce']);

/** Events of a workflow without an activity: start, first workflow task, end. */
const eventsBesideActivities = 5;
/** Of search attributes, when a run begins and when it ends; each is an event, too. */
const updatesOfAttributes = 2;
/** An activity and the workflow task that follows it. */
const eventsPerActivity = 6;

type Execution = Pick<WorkflowExecutionInfo, 'type' | 'historyLength' | 'searchAttributes'>;

/** Estimates the actions of the last day; `null`: Temporal does not answer, or no workflow has started. */
export async function actionsOfDay(context: Context): Promise<TemporalActionsJson | null> {
  try {
    const client = await context.client();
    const taskQueue = taskQueueOf(await installationOf(context));
    const since = new Date(Date.now() - dayMs).toISOString();
    const query = `TaskQueue = '${taskQueue}' AND StartTime > '${since}'`;
    const executions: Execution[] = [];
    await client.connection.withDeadline(Date.now() + answerWithinMs, async () => {
      for await (const one of client.workflow.list({ query, pageSize: 1_000 })) {
        executions.push(one);
        if (executions.length === mostWorkflows) break;
      }
    });
    return estimate(executions);
  } catch {
    return null;
  }
}

/** @public For tests: the sum over executions. */
export function estimate(executions: readonly Execution[]): TemporalActionsJson | null {
  const sum = (some: readonly Execution[]) => some.reduce((total, one) => total + actionsOf(one), 0);
  const all = sum(executions);
  if (all === 0) return null;
  const ofHealthCheck = sum(executions.filter(({ type }) => healthChecks.has(type)));
  return { last_day: all, health_check_share: Number((ofHealthCheck / all).toFixed(2)) };
}

function actionsOf({ type, historyLength, searchAttributes }: Execution): number {
  // A start by a schedule is an action of the schedule, too.
  const scheduled = searchAttributes.TemporalScheduledById === undefined ? 0 : 1;
  // Sets attributes only where it has found something.
  const attributes = type === 'healthCheckAtOnce' ? 0 : updatesOfAttributes;
  const events = historyLength - eventsBesideActivities - attributes;
  return 1 + attributes + scheduled + Math.max(0, Math.ceil(events / eventsPerActivity));
}
