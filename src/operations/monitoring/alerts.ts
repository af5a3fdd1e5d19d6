import { type AlertJson, toAlertJson } from '../../activities/health-check/event.ts';
import { listAlerts as read } from '../../state/monitoring/alerts.ts';
import { type DatabaseContext, installationOf } from '../context.ts';

export interface AlertFilter {
  /** Also those that are resolved. */
  readonly all: boolean;
  readonly limit: number;
}

/** Alerts that stand, the latest first; with `all` their history too. */
export async function listAlerts(context: DatabaseContext, filter: AlertFilter): Promise<AlertJson[]> {
  await installationOf(context);
  return (await read(context.parts.db, filter)).map(toAlertJson);
}
