import type { WebhookConfig, WebhookFormat } from '../../config/webhook.ts';
import type { Incident, Notice } from './notice.ts';

/** Body that a service receives. `null`: the service has no use for such a notice. */
type Body = object | null;

type Format = (notice: Notice, webhook: WebhookConfig) => Body;

const formats: Readonly<Record<WebhookFormat, Format>> = {
  coppice: ({ event }) => event,
  slack: slackMessage,
  pagerduty: (notice, { routingKey }) =>
    notice.incident === null ? null : pagerdutyEvent(notice.title, notice.incident, routingKey),
  alertmanager: ({ incident }) => (incident === null ? null : [alertmanagerAlert(incident)]),
};

export function bodyOf(notice: Notice, webhook: WebhookConfig): Body {
  return formats[webhook.format](notice, webhook);
}

/** Slack refuses longer texts of a message, and shortens them in its clients before that. */
const longestSlackText = 4_000;

/** Of an incoming webhook: `text` is mrkdwn, in which three characters are escaped. */
function slackMessage({ title, lines }: Notice): Body {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const text = [`*${escaped(title)}*`, ...lines.map(escaped)].join('\n');
  return { text: text.length > longestSlackText ? `${cut(text, longestSlackText - 1)}…` : text };
}

/** Without half a character or half an escape at the end. */
function cut(text: string, length: number): string {
  return text
    .slice(0, length)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\ud800-\udbff]$/, '');
}

/** PagerDuty refuses longer summaries. */
const longestSummary = 1_024;

/** Of the Events API v2: the same `dedup_key` opens an incident and closes it. */
function pagerdutyEvent(title: string, { alert, installation }: Incident, routingKey: string | null): Body {
  const head = { routing_key: routingKey, dedup_key: `coppice-${installation}-${alert.id}` };
  if (alert.state === 'resolved') return { ...head, event_action: 'resolve' };
  return {
    ...head,
    event_action: 'trigger',
    client: 'Coppice',
    payload: {
      summary: cut(title, longestSummary),
      source: `coppice ${installation}`,
      severity: severityOf(alert.rule),
      timestamp: alert.fired_at,
      component: alert.subject,
      class: alert.rule,
      custom_details: alert,
    },
  };
}

/** Alertmanager forgets an alert that is not sent again; each check sends those that are open. */
const standsForMs = 3_600_000;

/** Of the API v2. Labels are the identity of an alert: they hold nothing that changes while it is open. */
function alertmanagerAlert({ alert, installation }: Incident): object {
  const name = alert.rule.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  const endsAt = alert.resolved_at ?? new Date(Date.now() + standsForMs).toISOString();
  return {
    labels: {
      ...{ alertname: `Coppice${name}`, rule: alert.rule, subject: alert.subject },
      ...{ installation, severity: severityOf(alert.rule) },
    },
    annotations: { summary: alert.message },
    startsAt: alert.fired_at,
    endsAt,
  };
}

/** Rules that mean that nothing is removed at all until somebody acts. */
const errors: ReadonlySet<string> = new Set(['failed_checks', 'workflow_task_failures', 'backlog_minutes']);

function severityOf(rule: string): 'error' | 'warning' {
  return errors.has(rule) ? 'error' : 'warning';
}
