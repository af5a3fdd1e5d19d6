import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildOptions, startChild } from '../../src/local/child-process.ts';
import { freePort, PortClashError, retryPortClash } from '../../src/local/free-port.ts';
import { lockPidFile } from '../../src/local/pid-file.ts';
import { isAlive, temporaryFolder, until } from './support.ts';

function shell(script: string, more: Partial<ChildOptions> = {}): ChildOptions {
  return {
    name: 'The script',
    command: '/bin/sh',
    args: ['-c', script],
    env: process.env,
    logFile: join(temporaryFolder(), 'script.log'),
    announces: '',
    isHealthy: async () => true,
    healthTimeoutMs: 10_000,
    ...more,
  };
}

test('one that ends while starting is an error that quotes its last words', async () => {
  const options = shell('echo the disk is full >&2; exit 3', { isHealthy: async () => false });
  await expect(startChild(options)).rejects.toThrow(
    /The script ended while starting \(exit code 3\)[\s\S]*the disk is full/,
  );
});

test('one that never becomes healthy is stopped', async () => {
  const folder = temporaryFolder();
  const options = shell(`echo $$ > ${folder}/pid; exec sleep 600`, {
    isHealthy: async () => false,
    healthTimeoutMs: 300,
  });
  await expect(startChild(options)).rejects.toThrow('not ready within 0.3 s');
  expect(isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
});

test('SIGTERM comes first, and SIGKILL after the grace to one that does not listen', async () => {
  const folder = temporaryFolder();
  const polite = shell(`trap 'echo bye > ${folder}/bye; exit 0' TERM; : > ${folder}/up; while :; do sleep 0.05; done`, {
    isHealthy: async () => existsSync(join(folder, 'up')),
  });
  const child = await startChild(polite);
  await child.stop();
  expect(existsSync(join(folder, 'bye'))).toBe(true);
  expect(await child.exited).toBe('exit code 0');

  const deaf = shell(`trap '' TERM; : > ${folder}/deaf; while :; do sleep 0.05; done`, {
    isHealthy: async () => existsSync(join(folder, 'deaf')),
    graceMs: 1_000,
  });
  const stubborn = await startChild(deaf);
  await stubborn.stop();
  expect(isAlive(stubborn.pid)).toBe(false);
  expect(await stubborn.exited).toBe('signal 9');
});

test('its end is reported, however it ended', async () => {
  const child = await startChild(shell('exec sleep 600'));
  process.kill(child.pid, 'SIGKILL');
  expect(await child.exited).toBe('signal 9');
  await child.stop();
});

test('Ctrl-C in the terminal is ours alone: it has a process group of its own', async () => {
  const child = await startChild(shell('exec sleep 600'));
  onTestFinished(() => child.stop());
  const group = Number(readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]);
  const ours = Number(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[2]);
  expect(group).not.toBe(ours);
});

test('a pid file of a process that has ended, or that is another one by now, is taken over', async () => {
  const file = join(temporaryFolder(), 'the.pid');
  const other = spawn('sleep', ['600']);
  onTestFinished(() => void other.kill());
  writeFileSync(file, String(other.pid)); // runs, but is not what held the file
  const release = await lockPidFile({ file, words: ['embedded-postgres-child'], waitMs: 0 });
  expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
  release();
  expect(existsSync(file)).toBe(false);
});

test('a pid file of a process that runs is respected, and waited for', async () => {
  const file = join(temporaryFolder(), 'the.pid');
  const holder = spawn('sleep', ['601']);
  writeFileSync(file, String(holder.pid));
  await expect(lockPidFile({ file, words: ['sleep', '601'], waitMs: 200 })).rejects.toThrow(`Process ${holder.pid}`);
  const waiting = lockPidFile({ file, words: ['sleep', '601'], waitMs: 20_000 });
  holder.kill();
  await once(holder, 'exit');
  await waiting;
  await until('it is ours', () => readFileSync(file, 'utf8') === String(process.pid));
});

test('an answer counts only once the child has announced its port, and not when it lost it', async () => {
  const silent = shell('exec sleep 600', { announces: 'listening', healthTimeoutMs: 300 });
  await expect(startChild(silent)).rejects.toThrow('not ready');
  const loser = shell('echo listening: bind: address already in use; sleep 0.3; exit 1', { announces: 'listening' });
  await expect(startChild(loser)).rejects.toThrow(PortClashError);
});

test('a start that lost its port is tried again, on another', async () => {
  let starts = 0;
  const start = async () => {
    if (++starts < 3) throw new PortClashError('taken');
    return 'up';
  };
  expect(await retryPortClash(start)).toBe('up');
  await expect(retryPortClash(() => Promise.reject(new PortClashError('taken')))).rejects.toThrow('taken');
});

test('free ports are each given once', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(new Set(ports).size).toBe(50);
});
