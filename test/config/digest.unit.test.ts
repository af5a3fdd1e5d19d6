import { expect, test } from 'vitest';
import { checkConfiguration } from '../../src/activities/sweep/configuration.ts';
import { OtherConfigurationError } from '../../src/activities/sweep/errors.ts';
import type { RunContext } from '../../src/activities/sweep/types.ts';
import { configurationHash } from '../../src/config/configuration-hash.ts';
import { configurationDigest, configurationDigests, embeddingsDigest } from '../../src/config/digest.ts';
import { toEmbeddings } from '../../src/config/embeddings.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { documentRefresh } from '../../src/jobs/document-refresh.ts';
import { ttlCleanup } from '../../src/jobs/ttl-cleanup.ts';
import { load } from './support.ts';

const mapping = toMapping('memories', { table: 'app.memories', workspace: 'tenant', max_age_days: 30 });

test('two workers with the same mapping agree, however it is written down', () => {
  const reordered = Object.fromEntries(Object.entries(mapping).reverse());
  expect(configurationDigest({ ...mapping, ...reordered })).toBe(configurationDigest(mapping));
});

test('a setting of a later release that is not used changes nothing', () => {
  const later = { ...mapping, shelf: null, drawers: [] };
  expect(configurationDigest(later)).toBe(configurationDigest(mapping));
});

test('a setting that makes other rows due makes another configuration', () => {
  expect(configurationDigest({ ...mapping, maxAgeDays: 31 })).not.toBe(configurationDigest(mapping));
  expect(configurationDigest({ ...mapping, filter: [{ column: 'kind', keys: [], anyOf: ['note'] }] })).not.toBe(
    configurationDigest(mapping),
  );
});

const endpoint = { provider: 'openai', url: 'https://models.example/v1?key=first', model: 'small' } as const;
const embeddings = (changes: Parameters<typeof toEmbeddings>[0] = {}, key?: string) =>
  toEmbeddings({ ...endpoint, ...changes }, key, []);

test.each([
  ['provider', toEmbeddings({}, undefined, [])],
  ['model', embeddings({ model: 'large' })],
  ['dimensions', embeddings({ dimensions: 512 })],
  ['endpoint', embeddings({ url: 'https://models.example/v2' })],
])('another %s makes other vectors, and a worker that has it declines the run', (_, other) => {
  const collections = [mapping];
  const workerOf = (own: typeof other) => ({
    configuration: () => configurationDigests({ collections, graphs: [], embeddings: own }, documentRefresh),
  });
  const begun = { configuration: workerOf(embeddings()).configuration() } as unknown as RunContext;
  expect(() => checkConfiguration(workerOf(embeddings()), begun)).not.toThrow();
  expect(() => checkConfiguration(workerOf(other), begun)).toThrow(OtherConfigurationError);
  expect(() => checkConfiguration(workerOf(other), begun)).toThrow(/'embeddings:' is configured otherwise/);
});

test('settings that make the same vectors are the same configuration, and no secret is in it', () => {
  const same = embeddings({ url: 'https://models.example/v1/?key=second', batch_size: 8, timeout_seconds: 5 }, 'a-key');
  expect(embeddingsDigest(same)).toBe(embeddingsDigest(embeddings()));
});

test('a job that makes no vectors is shared by workers whatever their embeddings', () => {
  const digests = (own: ReturnType<typeof embeddings>) =>
    configurationDigests({ collections: [mapping], graphs: [], embeddings: own }, ttlCleanup);
  expect(digests(embeddings())).toEqual(digests(embeddings({ model: 'large' })));
});

test('a run that was begun before embeddings were compared continues', () => {
  const { memories } = configurationDigests(
    { collections: [mapping], graphs: [], embeddings: embeddings() },
    documentRefresh,
  );
  const begun = { configuration: { memories } } as unknown as RunContext;
  const own = () =>
    configurationDigests({ collections: [mapping], graphs: [], embeddings: embeddings() }, documentRefresh);
  expect(() => checkConfiguration({ configuration: own }, begun)).not.toThrow();
});

test('the digest of a whole configuration depends on what runs do, and on nothing of one machine', () => {
  const yaml = 'jobs: {ttl-cleanup: {brake: {max_share: 0.5}}}';
  const hash = configurationHash(load(yaml));
  const here = {
    DATABASE_URL: 'postgres://h/d',
    COPPICE_LOG_LEVEL: 'debug',
    COPPICE_API_PORT: '1',
    COPPICE_DATA_DIR: '/d',
  };
  expect(configurationHash(load(yaml, here))).toBe(hash);
  const withSchedules = (...schedules: string[]) => `jobs: {ttl-cleanup: {schedules: [${schedules.join(', ')}]}}`;
  const nightly = '{cron: "0 2 * * *"}';
  const once = '{name: once, once: "2026-01-01T00:00:00Z"}';
  expect(configurationHash(load(withSchedules(nightly, once)))).toBe(configurationHash(load(withSchedules(nightly))));
  expect(configurationHash(load(''))).not.toBe(hash);
  expect(configurationHash(load('{alerts: {held_hours: 2}, jobs: {ttl-cleanup: {brake: {max_share: 0.5}}}}'))).not.toBe(
    hash,
  );
});
