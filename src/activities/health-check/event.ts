import type { Alert } from '../../state/monitoring/alerts.ts';

export interface AlertJson {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly state: 'firing' | 'resolved';
  readonly fired_at: string;
  readonly seen_at: string;
  readonly resolved_at: string | null;
}

export function toAlertJson(alert: Alert): AlertJson {
  const { id, rule, subject, message } = alert;
  return {
    ...{ id, rule, subject, message, state: alert.resolved_at === null ? 'firing' : 'resolved' },
    fired_at: alert.fired_at.toISOString(),
    seen_at: alert.seen_at.toISOString(),
    resolved_at: alert.resolved_at?.toISOString() ?? null,
  };
}

/** Builds the body that the webhook receives. */
export function alertEvent(alert: Alert, state: AlertJson['state'], installation: string) {
  return { event: `alert.${state}`, installation, alert: { ...toAlertJson(alert), state } };
}
