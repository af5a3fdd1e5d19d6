import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';
import { startTemporalServer } from '../../src/local/temporal-server.ts';
import { isAlive, temporaryFolder } from './support.ts';

const { env } = process;
const log = () => {};

test('keeps what it knows over a restart, adds new search attributes, and leaves nothing running', {
  timeout: 120_000,
}, async () => {
  const dataDir = temporaryFolder();
  const first = await startTemporalServer({ dataDir, env, log, searchAttributes: { CoppiceJob: 'KEYWORD' } });
  onTestFinished(() => first.stop());
  await withClient(first.address, async (client) => {
    await client.workflow.start('nothing', { taskQueue: 'none', workflowId: 'kept' });
  });
  expect((await fetch(first.uiUrl)).ok).toBe(true);
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const searchAttributes = { CoppiceJob: 'KEYWORD', CoppiceCount: 'INT' } as const;
  const second = await startTemporalServer({ dataDir, env, log, searchAttributes });
  onTestFinished(() => second.stop());
  await withClient(second.address, async (client) => {
    expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['CoppiceJob', 'CoppiceCount']));
  });
  await second.stop();
  expect(isAlive(second.pid)).toBe(false);
});

test('a command of the user’s own that is too old for a flag starts without it', { timeout: 120_000 }, async () => {
  const { path } = await findTemporalCli({ env, cacheDir: cacheDir(env), log });
  const old = join(temporaryFolder(), 'temporal');
  const script = `case "$*" in
  *--help*) echo 'Usage: temporal server start-dev' ;;
  *--ui-disable-news-fetch*) echo 'unknown flag' >&2; exit 1 ;;
  *) exec '${path}' "$@" ;;
esac`;
  writeFileSync(old, `#!/bin/sh\n[ "$1" = --version ] && exec '${path}' --version\n${script}\n`, { mode: 0o755 });
  const own = { ...env, COPPICE_TEMPORAL_CLI: old };
  const server = await startTemporalServer({ dataDir: temporaryFolder(), env: own, log });
  onTestFinished(() => server.stop());
  expect((await fetch(server.uiUrl)).ok).toBe(true);
});

test('several run side by side, on ports of their own', { timeout: 120_000 }, async () => {
  const starts = [1, 2, 3].map(() => startTemporalServer({ dataDir: temporaryFolder(), env, log }));
  for (const start of starts) onTestFinished(async () => (await start).stop());
  const servers = await Promise.all(starts);
  expect(new Set(servers.flatMap(({ address, uiUrl }) => [address, uiUrl])).size).toBe(6);
  await Promise.all(servers.map((server) => server.stop()));
  expect(servers.filter(({ pid }) => isAlive(pid))).toEqual([]);
});

test('it ends when we are killed, and its successor starts on the same data', { timeout: 120_000 }, async () => {
  const dataDir = temporaryFolder();
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'start-temporal.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const pid = await firstLine(parent.stdout);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  // At once: it may find its predecessor still ending.
  const successor = await startTemporalServer({ dataDir, env, log });
  onTestFinished(() => successor.stop());
  expect(isAlive(pid)).toBe(false);
  await successor.stop();
});

test('a port that is taken is named', { timeout: 60_000 }, async () => {
  const server = await startTemporalServer({ dataDir: temporaryFolder(), env, log });
  onTestFinished(() => server.stop());
  const port = Number(server.address.split(':')[1]);
  await expect(startTemporalServer({ dataDir: temporaryFolder(), port, env, log })).rejects.toThrow(`Port ${port}`);
});

async function withClient(address: string, use: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface({ input: stream })) return Number(line);
  throw new Error('ended without a word');
}
