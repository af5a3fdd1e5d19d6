import { expect, test } from 'vitest';
import { bodyOf } from '../../src/activities/webhook/formats.ts';
import { alertNotice, heldNotice } from '../../src/activities/webhook/notice.ts';
import type { WebhookFormat } from '../../src/config/webhook.ts';

const alert = {
  ...{ id: '7', rule: 'dead_letters', subject: 'ttl-cleanup', message: '2 partitions <a> & b were given up' },
  ...{ fired_at: new Date('2026-01-05T10:00:00Z'), seen_at: new Date('2026-01-05T10:05:00Z'), resolved_at: null },
  ...{ firing_sent_at: null, resolved_sent_at: null },
};
const firing = alertNotice(alert, 'firing', 'i1');
const resolved = alertNotice({ ...alert, resolved_at: new Date('2026-01-05T11:00:00Z') }, 'resolved', 'i1');
const held = heldNotice({ run_id: 'r1', job: 'ttl-cleanup' }, ['documents: 60 of 80 rows']);

function bodyIn(format: WebhookFormat, notice: typeof firing) {
  return bodyOf(notice, { url: 'http://h/', format, secret: null, routingKey: format === 'pagerduty' ? 'key' : null });
}

test('the format coppice keeps its events', () => {
  expect(bodyIn('coppice', firing)).toMatchObject({
    event: 'alert.firing',
    installation: 'i1',
    alert: { id: '7', rule: 'dead_letters', state: 'firing', resolved_at: null },
  });
  expect(bodyIn('coppice', held)).toEqual({
    event: 'run.held',
    run: { run_id: 'r1', job: 'ttl-cleanup' },
    reasons: ['documents: 60 of 80 rows'],
  });
});

test('Slack gets a text with its three special characters escaped', () => {
  expect(bodyIn('slack', firing)).toEqual({
    text: '*Alert: 2 partitions &lt;a&gt; &amp; b were given up*\nrule dead_letters, subject ttl-cleanup, installation i1',
  });
  expect(bodyIn('slack', held)).toEqual({
    text:
      '*Run held: ttl-cleanup*\ndocuments: 60 of 80 rows\n' +
      'coppice runs show r1, then coppice approve r1 or coppice reject r1',
  });
});

test('PagerDuty gets one incident, opened and closed under one key', () => {
  const opened = bodyIn('pagerduty', firing);
  expect(opened).toMatchObject({
    ...{ routing_key: 'key', event_action: 'trigger', dedup_key: 'coppice-i1-7' },
    payload: { source: 'coppice i1', severity: 'warning', component: 'ttl-cleanup', class: 'dead_letters' },
  });
  expect(bodyIn('pagerduty', resolved)).toEqual({
    ...{ routing_key: 'key', event_action: 'resolve', dedup_key: 'coppice-i1-7' },
  });
});

test('Alertmanager gets the same labels when an alert is resolved, with its end', () => {
  const labels = {
    ...{ alertname: 'CoppiceDeadLetters', rule: 'dead_letters', subject: 'ttl-cleanup' },
    ...{ installation: 'i1', severity: 'warning' },
  };
  expect(bodyIn('alertmanager', firing)).toMatchObject([{ labels, startsAt: '2026-01-05T10:00:00.000Z' }]);
  expect(bodyIn('alertmanager', resolved)).toMatchObject([{ labels, endsAt: '2026-01-05T11:00:00.000Z' }]);
});

test('services that keep incidents are not told of a held run, which nothing would close', () => {
  expect(bodyIn('pagerduty', held)).toBeNull();
  expect(bodyIn('alertmanager', held)).toBeNull();
});

test('a text that is too long for Slack ends with a whole character and no half of an escape', () => {
  const lines = (first: string) => ({ ...held, title: 'T', lines: [first] });
  for (let length = 3_985; length < 4_000; length += 1) {
    const { text } = bodyIn('slack', lines(`${'x'.repeat(length)}&🌳<!channel>${'y'.repeat(40)}`)) as { text: string };
    expect(text.length).toBeLessThanOrEqual(4_000);
    expect(text.isWellFormed()).toBe(true);
    expect(text.replaceAll(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
  }
});
