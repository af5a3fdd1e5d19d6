import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { demoFileOf } from '../../src/config/config-file.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fileWith, load, problemsOf } from './support.ts';

const everything = `
  database: {url: "postgres://file/db", max_connections: 20}
  temporal: {address: "file:7233", namespace: file, profile: file, schedule_prefix: p-}
  stores: {weaviate: {url: "http://file:8080", api_key: file-key, timeout_seconds: 4}}
  webhook_url: https://file/hook
  log_level: warn
  jobs: {ttl-cleanup: {concurrency: 7, parameters: {batch_size: 70}}}
`;
const env = {
  DATABASE_URL: 'postgres://env/db',
  TEMPORAL_ADDRESS: 'env:7233',
  TEMPORAL_NAMESPACE: 'env',
  TEMPORAL_PROFILE: 'env',
  WEAVIATE_URL: 'http://env:8080',
  WEAVIATE_API_KEY: 'env-key',
  COPPICE_WEBHOOK_URL: 'https://env/hook',
  COPPICE_LOG_LEVEL: 'debug',
  COPPICE_DATA_DIR: '/env/data',
  CTX7_TTL_CLEANUP_BATCH_SIZE: '80',
  CTX7_MAX_CONCURRENT_WORKSPACE_JOBS: '8',
};
const shown = (config: ReturnType<typeof load>) => ({
  database: config.database.url,
  address: config.temporal.address,
  namespace: config.temporal.namespace,
  profile: config.temporal.profile,
  weaviate: config.weaviate,
  webhook: config.webhook?.url ?? null,
  logLevel: config.logLevel,
  dataDir: config.dataDir,
  batchSize: config.jobs[0]?.parameters.batch_size,
  concurrency: config.jobs[0]?.concurrency,
});

test('without anything there are defaults', () => {
  expect(shown(load(''))).toEqual({
    ...{ database: null, address: null, namespace: null, profile: null, weaviate: null, webhook: null },
    ...{ logLevel: 'info', dataDir: resolve('.coppice'), batchSize: undefined, concurrency: 3 },
  });
  expect(load('')).toMatchObject({ database: { maxConnections: 10, migrations: 'on', statementTimeoutSeconds: 120 } });
});

test('the file overrides the defaults', () => {
  expect(shown(load(everything))).toEqual({
    ...{ database: 'postgres://file/db', address: 'file:7233', namespace: 'file', profile: 'file' },
    weaviate: { url: 'http://file:8080', apiKey: 'file-key', timeoutSeconds: 4 },
    ...{ webhook: 'https://file/hook', logLevel: 'warn', dataDir: resolve('.coppice'), batchSize: 70, concurrency: 7 },
  });
});

test('the environment overrides the file', () => {
  expect(shown(load(everything, env))).toEqual({
    ...{ database: 'postgres://env/db', address: 'env:7233', namespace: 'env', profile: 'env' },
    weaviate: { url: 'http://env:8080', apiKey: 'env-key', timeoutSeconds: 4 },
    ...{ webhook: 'https://env/hook', logLevel: 'debug', dataDir: '/env/data', batchSize: 80, concurrency: 8 },
  });
});

test('flags override the environment', () => {
  const flags = { databaseUrl: 'postgres://flag/db', address: 'flag:7233', namespace: 'flag', dataDir: '/flag/data' };
  expect(shown(load(everything, env, flags))).toMatchObject({
    ...{ database: 'postgres://flag/db', address: 'flag:7233', namespace: 'flag', dataDir: '/flag/data' },
  });
});

test('the file named by a flag is read, not the one of the environment', () => {
  const { file } = load('', { COPPICE_CONFIG: '/nowhere.yaml' });
  expect(file).toMatch(/coppice\.yaml$/);
  expect(loadConfig({ COPPICE_CONFIG: '' }).file).toBeNull();
});

test('an empty variable counts as absent, as compose files and CI unset one', () => {
  const empty = Object.fromEntries(Object.keys(env).map((name) => [name, '']));
  expect(shown(load(everything, empty))).toEqual(shown(load(everything)));
});

describe('variables of the systems that teams come from', () => {
  test.each(['0', '-1', '1.5', '20001', 'many', ' ', 'Infinity'])('a batch size of %j is refused by name', (value) => {
    expect(problemsOf('', { CTX7_TTL_CLEANUP_BATCH_SIZE: value })).toEqual([
      expect.stringMatching(/^CTX7_TTL_CLEANUP_BATCH_SIZE: /),
    ]);
  });

  test.each(['0', '101', '2.5', 'three', ' '])('a concurrency of %j is refused by name', (value) => {
    expect(problemsOf('', { CTX7_MAX_CONCURRENT_WORKSPACE_JOBS: value })).toEqual([
      expect.stringContaining('CTX7_MAX_CONCURRENT_WORKSPACE_JOBS: must be a whole number from 1 to 100'),
    ]);
  });
});

describe('settings of a job', () => {
  const job = (yaml: string) => {
    const [settings] = load(`jobs: {ttl-cleanup: ${yaml}}`).jobs;
    if (settings === undefined) throw new Error('there is no job');
    return settings;
  };

  test('change what they name and leave the rest of the catalogue’s', () => {
    const settings = job('{brake: {max_share: 0.2}, retry: {max_retries: 1}, ledger: {retention_days: 7}}');
    const { brake, retry } = settings.job;
    expect(settings.brake).toEqual({ ...brake, max_share: 0.2 });
    expect(settings.retry).toEqual({ ...retry, max_retries: 1 });
    expect(settings.ledger).toEqual({ enabled: true, retentionDays: 7, maxBytes: 20 * 1024 ** 3 });
    expect(settings.schedules).toEqual([{ cron: '0 2 * * *', catch_up_window_seconds: 21_600, parameters: {} }]);
  });

  test('an age limit that is off is null, not a number and not unset', () => {
    expect(job('{parameters: {max_age_days: off}}').parameters).toEqual({ max_age_days: null });
    expect(job('{parameters: {max_age_days: null}}').parameters).toEqual({ max_age_days: null });
    expect(job('{parameters: {max_age_days: 0}}').parameters).toEqual({ max_age_days: 0 });
    expect(job('{}').parameters).toEqual({});
  });

  test('enabled applies to every schedule that does not set its own', () => {
    const schedules = '[{name: a, cron: 0 2 * * *}, {name: b, cron: 0 3 * * *, enabled: false}]';
    expect(job(`{enabled: true, schedules: ${schedules}}`).schedules.map((one) => one.enabled)).toEqual([true, false]);
    expect(job(`{schedules: ${schedules}}`).schedules.map((one) => one.enabled)).toEqual([undefined, false]);
  });

  test('all collections, or those it names', () => {
    const collections = 'collections: {a: {table: a}, b: {table: b}}';
    expect(load(collections).jobs[0]?.collections).toEqual(['a', 'b']);
    expect(load(`${collections}\njobs: {ttl-cleanup: {collections: [b]}}`).jobs[0]?.collections).toEqual(['b']);
  });
});

test('the name of the installation: none, that of the file, or that of the environment', () => {
  expect(load('').installation).toBeNull();
  expect(load('installation: billing').installation).toBe('billing');
  expect(load('installation: billing', { COPPICE_INSTALLATION: 'support-2' }).installation).toBe('support-2');
});

test('the configuration of the demo counts only where no other is named or found', () => {
  const dataDir = dirname(fileWith(''));
  writeFileSync(demoFileOf(dataDir), 'log_level: warn');
  expect(loadConfig({}, { dataDir })).toMatchObject({ file: demoFileOf(dataDir), logLevel: 'warn' });
  expect(load('log_level: error', {}, { dataDir }).logLevel).toBe('error');
});

test('workers are versioned where a deployment has a name, in the file or in the environment, which comes first', () => {
  const file = 'temporal: {deployment: {name: file, build_id: "1", behavior: auto_upgrade}}';
  const of = (yaml: string, given = {}) => load(yaml, given).temporal.deployment;
  expect(of('')).toBeNull();
  expect(of(file)).toEqual({ name: 'file', buildId: '1', behavior: 'auto_upgrade' });
  expect(of(file, { COPPICE_DEPLOYMENT_NAME: 'env', COPPICE_BUILD_ID: '2' })).toMatchObject({
    name: 'env',
    buildId: '2',
  });
  expect(of('', { COPPICE_DEPLOYMENT_NAME: 'env' })).toEqual({ name: 'env', buildId: null, behavior: 'pinned' });
  expect(problemsOf('temporal: {deployment: {behavior: pinned}}')).toEqual([
    'temporal.deployment.name: must be set, here or as COPPICE_DEPLOYMENT_NAME',
  ]);
  expect(problemsOf('', { COPPICE_DEPLOYMENT_NAME: 'a.b', COPPICE_BUILD_ID: 'a:b' })).toEqual([
    expect.stringMatching(/^COPPICE_DEPLOYMENT_NAME: must be letters/),
    expect.stringMatching(/^COPPICE_BUILD_ID: must be letters/),
  ]);
});
