import type { WebhookConfig } from '../../config/webhook.ts';
import type { Db } from '../../database/schema.ts';
import { type Alert, listAlerts, markSent, unsentAlerts } from '../../state/monitoring/alerts.ts';
import type { TaskDeps } from '../task-deps.ts';
import { alertNotice } from '../webhook/notice.ts';
import { postNotice, WebhookError } from '../webhook/post.ts';
import { sendDigest } from './digest.ts';

const sentAtOnce = 20;
const mostStanding = 200;

/**
 * Sends the webhooks the notices that they have not received yet. A webhook that does not answer does not affect the
 * other.
 */
export async function sendNotices(deps: TaskDeps): Promise<void> {
  const results = await Promise.allSettled([sendAlerts(deps), sendDigest(deps)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

export async function sendAlerts({
  db,
  webhook,
  installation,
}: Pick<TaskDeps, 'db' | 'webhook' | 'installation'>): Promise<void> {
  if (webhook === null) return;
  if (webhook.format === 'alertmanager') await repeatStanding(db, webhook, installation);
  let refused: WebhookError | null = null;
  for (const alert of await unsentAlerts(db, sentAtOnce)) {
    try {
      await sendAlert(db, webhook, alert, installation);
    } catch (error) {
      // An alert that the service refuses must not keep back those after it.
      if (!(error instanceof WebhookError && error.onlyThis)) throw error;
      refused ??= error;
    }
  }
  if (refused !== null) throw refused;
}

async function sendAlert(db: Db, webhook: WebhookConfig, alert: Alert, installation: string): Promise<void> {
  for (const state of ['firing', 'resolved'] as const) {
    const sent = state === 'firing' ? alert.firing_sent_at : alert.resolved_sent_at;
    if (sent !== null || (state === 'resolved' && alert.resolved_at === null)) continue;
    await postNotice(webhook, alertNotice(alert, state, installation));
    await markSent(db, alert.id, state);
  }
}

/** Alertmanager keeps alerts in memory and forgets them after a time, so those that it knows are sent again. */
async function repeatStanding(db: Db, webhook: WebhookConfig, installation: string): Promise<void> {
  for (const alert of await listAlerts(db, { all: false, limit: mostStanding })) {
    if (alert.firing_sent_at !== null) await postNotice(webhook, alertNotice(alert, 'firing', installation));
  }
}
