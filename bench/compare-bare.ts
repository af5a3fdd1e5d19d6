import { setTimeout as delay } from 'node:timers/promises';
import { bareLoop, type Removal } from './bare-loop.ts';
import { type CoppiceRun, throughCoppice } from './coppice.ts';
import type { BenchOptions } from './options.ts';
import { readerDuring } from './reader.ts';
import { megabytes, type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, ratios } from './statistics.ts';
import { copyOf, dropCopy, makeTemplate, type Template } from './template.ts';

const idleReadingMs = 5_000;

/** Coppice beside a bare SQL loop that does the same removals, without a ledger and with the same ledger rows. */
export async function compareWithBareLoops(servers: Servers, options: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  const template: Template = { name: 'bench_all', rows: options.rows, partitions: 1 };
  const tenth: Template = { name: 'bench_tenth', rows: Math.ceil(options.rows / 10), partitions: 1 };
  for (const one of [template, tenth]) await makeTemplate(server, one);
  const bare: number[] = [];
  const kept: number[] = [];
  const ours: number[] = [];
  const runs: CoppiceRun[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    bare.push(perSecond(await bareLoop(await copyOf(server, template), false), options.rows));
    kept.push(perSecond(await bareLoop(await copyOf(server, template), true), options.rows));
    const run = await throughCoppice(servers, await copyOf(server, template));
    runs.push(run);
    ours.push(perSecond(run, options.rows));
    log(`round ${round}: ${[bare, kept, ours].map((speed) => whole(speed.at(-1) ?? 0)).join(' | ')} documents/s`);
  }
  const small = await throughCoppice(servers, await copyOf(server, tenth));
  const reader = await readerLatencies(servers, template);
  for (const one of [template, tenth]) await dropCopy(server, one);
  const actions = runs.flatMap((run) => run.actions ?? []);
  const memory = runs.flatMap((run) => run.workerBytes ?? []);
  return {
    versions: servers.versions,
    header: ['rows', 'contestant', 'documents/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [whole(options.rows), 'bare SQL loop, no ledger', ...speeds(bare), shares(ratios(ours, bare))],
      [whole(options.rows), 'bare SQL loop, same ledger rows', ...speeds(kept), shares(ratios(ours, kept))],
      [whole(options.rows), 'Coppice through Temporal, ledger', ...speeds(ours), ''],
    ],
    facts: [
      ['documents removed a round', whole(options.rows / 2)],
      [
        'billable Temporal actions of a run, by the server’s own metric',
        actions.length === 0 ? 'not known' : whole(median(actions)),
      ],
      [
        `worker's peak memory, ${whole(options.rows)} rows`,
        megabytes(memory.length === 0 ? null : Math.max(...memory)),
      ],
      [`worker's peak memory, ${whole(tenth.rows)} rows`, megabytes(small.workerBytes)],
      ['p99 of a reader by key, idle', `${reader.idle.toFixed(2)} ms`],
      ['p99 of the same reader during a run', `${reader.during.toFixed(2)} ms`],
    ],
  };
}

async function readerLatencies(servers: Servers, template: Template): Promise<{ idle: number; during: number }> {
  const url = await copyOf(servers.postgresUrl, template);
  const idle = await readerDuring(url, template.rows, () => delay(idleReadingMs));
  const during = await readerDuring(url, template.rows, () => throughCoppice(servers, url));
  return { idle, during };
}

/** A contestant that removed more or less than what had expired has lost, whatever its speed. */
export function perSecond({ documents, ms }: Removal, rows: number): number {
  const expected = Math.floor(rows / 2);
  if (documents !== expected) throw new Error(`${documents} documents were removed, not ${expected}`);
  return (documents / ms) * 1000;
}
