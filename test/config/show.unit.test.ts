import { expect, test } from 'vitest';
import { showConfig, withoutPassword } from '../../src/config/show.ts';
import { type Environment, load } from './support.ts';

const secret = 'hunter2';

test('no secret is shown, from wherever it comes', () => {
  const yaml = `
    database: {url: "postgres://user:${secret}@host/db?sslpassword=${secret}&sslkey=${secret}"}
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

test('what is no secret is shown, by the names one writes', () => {
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
