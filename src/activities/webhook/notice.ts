import type { RunJson } from '../../domain/run.ts';
import type { Alert } from '../../state/monitoring/alerts.ts';
import { type AlertJson, alertEvent } from '../health-check/event.ts';

/** One piece of news for people. It names jobs, schedules, collections and runs, and nothing of a row. */
export interface Notice {
  /** Stays the same when the notice is sent again. */
  readonly id: string;
  /** The request's body in our own format. */
  readonly event: Readonly<Record<string, unknown>>;
  /** For people: one line, and more below it. */
  readonly title: string;
  readonly lines: readonly string[];
  /** Incident that a service opens and closes; `null`: the notice is no incident. */
  readonly incident: Incident | null;
}

export interface Incident {
  readonly alert: AlertJson;
  readonly installation: string;
}

export function alertNotice(alert: Alert, state: AlertJson['state'], installation: string): Notice {
  const event = alertEvent(alert, state, installation);
  return {
    // Alerts are counted in each database, and several may tell one receiver.
    id: `alert-${installation}-${alert.id}-${state}`,
    event,
    title: `${state === 'firing' ? 'Alert' : 'Resolved'}: ${alert.message}`,
    lines: [`rule ${alert.rule}, subject ${alert.subject}, installation ${installation}`],
    incident: { alert: event.alert, installation },
  };
}

/** Services that keep incidents learn of a held run by the rule `held_hours`, which also resolves it. */
export function heldNotice(run: Pick<RunJson, 'run_id' | 'job'>, reasons: readonly string[]): Notice {
  return {
    id: `held-${run.run_id}`,
    event: { event: 'run.held', run, reasons },
    title: `Run held: ${run.job}`,
    lines: [
      ...reasons,
      `coppice runs show ${run.run_id}, then coppice approve ${run.run_id} or coppice reject ${run.run_id}`,
    ],
    incident: null,
  };
}
