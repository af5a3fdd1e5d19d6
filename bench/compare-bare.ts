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

/** Coppice beside a bare SQL loop that does the same removals, both without a ledger and both with the same ledger rows. */
export async function compareWithBareLoops(servers: Servers, options: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  const template: Template = { name: 'bench_all', rows: options.rows, partitions: 1 };
  const tenth: Template = { name: 'bench_tenth', rows: Math.ceil(options.rows / 10), partitions: 1 };
  for (const one of [template, tenth]) await makeTemplate(server, one);
  const speed = { bare: [] as number[], bareKept: [] as number[], ours: [] as number[], oursKept: [] as number[] };
  const runs: CoppiceRun[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const ledger of [false, true]) {
      const bare = await bareLoop(await copyOf(server, template), ledger);
      const run = await throughCoppice(servers, await copyOf(server, template), { ledger });
      speed[ledger ? 'bareKept' : 'bare'].push(perSecond(bare, options.rows));
      speed[ledger ? 'oursKept' : 'ours'].push(perSecond(run, options.rows));
      runs.push(run);
    }
    const line = Object.entries(speed).map(([name, values]) => `${name} ${whole(values.at(-1) ?? 0)}`);
    log(`round ${round}: ${line.join(', ')} documents/s`);
  }
  const small = await throughCoppice(servers, await copyOf(server, tenth));
  const reader = await readerLatencies(servers, template);
  for (const one of [template, tenth]) await dropCopy(server, one);
  const actions = runs.flatMap((run) => run.actions ?? []);
  const memory = runs.flatMap((run) => run.workerBytes ?? []);
  return {
    versions: servers.versions,
    header: [
      'rows',
      'ledger',
      'contestant',
      'documents/s, median',
      'worst',
      'Coppice ÷ it, median and worst of rounds',
    ],
    rows: [
      [whole(options.rows), 'off', 'bare SQL loop', ...speeds(speed.bare), shares(ratios(speed.ours, speed.bare))],
      [whole(options.rows), 'off', 'Coppice through Temporal', ...speeds(speed.ours), ''],
      [
        whole(options.rows),
        'on',
        'bare SQL loop',
        ...speeds(speed.bareKept),
        shares(ratios(speed.oursKept, speed.bareKept)),
      ],
      [whole(options.rows), 'on', 'Coppice through Temporal', ...speeds(speed.oursKept), ''],
    ],
    facts: [
      ['documents removed a round', whole(options.rows / 2)],
      [
        'billable Temporal actions of a run, by the server’s own metric: median, most',
        actions.length === 0 ? 'not known' : `${whole(median(actions))}, ${whole(Math.max(...actions))}`,
      ],
      [
        `worker's peak memory, ${whole(options.rows)} rows`,
        megabytes(memory.length === 0 ? null : Math.max(...memory)),
      ],
      [`worker's peak memory, ${whole(tenth.rows)} rows`, megabytes(small.workerBytes)],
      ['p99 of a reader by key, idle', `${reader.idle.toFixed(2)} ms`],
      ['p99 of the same reader during a bare loop with a ledger', `${reader.bare.toFixed(2)} ms`],
      ['p99 of the same reader during a run with a ledger', `${reader.run.toFixed(2)} ms`],
    ],
  };
}

async function readerLatencies(
  servers: Servers,
  template: Template,
): Promise<{ idle: number; bare: number; run: number }> {
  const { postgresUrl: server } = servers;
  const first = await copyOf(server, template);
  const idle = await readerDuring(first, template.rows, () => delay(idleReadingMs));
  const bare = await readerDuring(first, template.rows, () => bareLoop(first, true));
  const second = await copyOf(server, template);
  const run = await readerDuring(second, template.rows, () => throughCoppice(servers, second));
  return { idle, bare, run };
}

/** A contestant that removed more or less than what had expired has lost, whatever its speed. */
export function perSecond({ documents, ms }: Removal, rows: number): number {
  const expected = Math.floor(rows / 2);
  if (documents !== expected) throw new Error(`${documents} documents were removed, not ${expected}`);
  return (documents / ms) * 1000;
}
