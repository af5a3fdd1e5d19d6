import { expect, test } from 'vitest';
import { load, problemsOf } from './support.ts';

test('an address alone is a webhook of our own format, without a digest', () => {
  const { webhook, digest } = load('webhook_url: https://h/', { COPPICE_WEBHOOK_SECRET: 's' });
  expect(webhook).toEqual({ url: 'https://h/', format: 'coppice', secret: 's', routingKey: null });
  expect(digest).toBeNull();
  expect(load('').webhook).toBeNull();
});

test('the digest goes to the webhook, or to an address of its own', () => {
  const slack = load('{webhook_url: "https://h/", webhook_format: slack, weekly_digest: {enabled: true}}');
  expect(slack.digest).toEqual(slack.webhook);
  const own = load(
    `{webhook_url: "https://h/", webhook_format: pagerduty, weekly_digest: {enabled: true, url: "https://d/", format: slack}}`,
    { COPPICE_PAGERDUTY_ROUTING_KEY: 'key' },
  );
  expect(own.webhook).toMatchObject({ format: 'pagerduty', routingKey: 'key' });
  expect(own.digest).toMatchObject({ url: 'https://d/', format: 'slack', routingKey: null });
});

test.each([
  ['webhook_format: slack', {}, 'webhook_format: has no effect without webhook_url or COPPICE_WEBHOOK_URL'],
  ['{webhook_url: "https://h/", webhook_format: pagerduty}', {}, 'COPPICE_PAGERDUTY_ROUTING_KEY: must hold'],
  [
    'webhook_url: https://h/',
    { COPPICE_WEBHOOK_FORMAT: 'teams' },
    "must be one of coppice, slack, pagerduty, alertmanager, not 'teams'",
  ],
  ['', { COPPICE_WEBHOOK_URL: 'hooks.example/T000' }, 'COPPICE_WEBHOOK_URL: must be an address that begins with http'],
  ['webhook_url: https://h/', { COPPICE_WEBHOOK_SECRET: 'whsec_not base64' }, 'COPPICE_WEBHOOK_SECRET: must be base64'],
  ['webhook_url: https://h/', { COPPICE_WEBHOOK_SECRET: 'whsec_' }, 'COPPICE_WEBHOOK_SECRET: must be base64'],
  ['weekly_digest: {enabled: true}', {}, 'weekly_digest.url: must be set where there is no webhook_url'],
  ['weekly_digest: {url: "https://h/"}', {}, 'weekly_digest.url: has no effect without weekly_digest.enabled: true'],
  ['{webhook_url: "https://h/", webhook_format: alertmanager, weekly_digest: {enabled: true}}', {}, 'a digest is none'],
  ['{weekly_digest: {enabled: true, url: "https://h/", format: pagerduty}}', {}, 'weekly_digest.format'],
])('%s is a problem', (yaml, env, problem) => {
  expect(problemsOf(yaml, env).join()).toContain(problem);
});
