import { expect, test } from 'vitest';
import { showConfig, withoutPassword } from '../../src/config/show.ts';
import { type Environment, load } from './support.ts';

const secret = 'hunter2';

test('no secret is shown, from wherever it comes', () => {
  const yaml = `
    database: {url: "postgres://user:${secret}@host/db?sslpassword=${secret}"}
    stores: {weaviate: {url: "https://user:${secret}@weaviate/", api_key: ${secret}}}
    webhook_url: https://user:${secret}@hooks/services/${secret}?token=${secret}
  `;
  const environments: readonly Environment[] = [
    {},
    { DATABASE_URL: `postgresql://user:${secret}@host/db`, WEAVIATE_API_KEY: secret },
  ];
  for (const env of environments) {
    const shown = JSON.stringify(showConfig(load(yaml, env)));
    expect(shown).not.toContain(secret);
    expect(shown).toContain('"api_key":"[set]"');
    expect(shown).toContain('"webhook_url":"https://hooks"');
  }
});

test('settings that are no secret are shown, by the names of the file', () => {
  const shown = showConfig(
    load('collections: {notes: {table: app.notes, max_age_days: 7}}', { DATABASE_URL: 'postgres://u@h:1/d' }),
  );
  expect(shown).toMatchObject({
    database: { url: 'postgres://u@h:1/d', max_connections: 10, migrations: 'on' },
    weaviate: null,
    webhook_url: null,
    log_level: 'info',
    log_store_texts: false,
    collections: [{ name: 'notes', table: { schema: 'app', name: 'notes' }, max_age_days: 7, content_hash: null }],
    jobs: expect.arrayContaining([
      expect.objectContaining({
        ...{ id: 'ttl-cleanup', concurrency: 3 },
        ledger: expect.objectContaining({ retention_days: 30 }),
      }),
    ]),
  });
  expect(showConfig(load(''))).toMatchObject({ database: { url: 'embedded' } });
});

test.each([
  ['postgres://u:p%40ss@h/d', 'postgres://u:***@h/d'],
  ['postgres://u:p@ss@h/d', 'postgres://u:***@h/d'],
  ['postgres://h/d?password=x&user=u', 'postgres://h/d?password=***&user=u'],
  ['postgres://u:12/34@h/d', '[not a URL]'],
  ['host=h password=x', '[not a URL]'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});

test('the next three times of every schedule are shown', () => {
  const yaml = `jobs: {ttl-cleanup: {schedules: [{cron: 0 2 1-7 * MON}, {name: often, every_seconds: 3600},
    {name: then, once: '2026-12-24T18:00:00Z'}]}}`;
  const shown = showConfig(load(yaml), new Date('2026-12-01T00:30:00Z'));
  expect(shown).toMatchObject({
    jobs: expect.arrayContaining([
      expect.objectContaining({
        id: 'ttl-cleanup',
        schedules: [
          { next_runs: ['2026-12-07T02:00:00.000Z', '2027-01-04T02:00:00.000Z', '2027-02-01T02:00:00.000Z'] },
          { next_runs: ['2026-12-01T01:00:00.000Z', '2026-12-01T02:00:00.000Z', '2026-12-01T03:00:00.000Z'] },
          { next_runs: ['2026-12-24T18:00:00.000Z'] },
        ].map((one) => expect.objectContaining(one)),
      }),
    ]),
  });
});

test('the query of an address is shown only where it is no secret', () => {
  expect(withoutPassword('https://w.example/?sig=abc&x=y')).toBe('https://w.example/?sig=***&x=***');
  expect(withoutPassword('postgres://u@h/d?sslmode=require')).toBe('postgres://u@h/d?sslmode=require');
});
