import { perSecond } from './compare-bare.ts';
import { throughCoppice } from './coppice.ts';
import type { BenchOptions } from './options.ts';
import { type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, ratios } from './statistics.ts';
import { copyOf, dropCopy, makeTemplate, type Template } from './template.ts';

/** The same rows in one partition and in many small ones: what a partition costs. */
export async function comparePartitions(servers: Servers, options: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  const { rows, partitions } = options;
  const one: Template = { name: 'bench_one', rows, partitions: 1 };
  const many: Template = { name: 'bench_many', rows, partitions };
  for (const template of [one, many]) await makeTemplate(server, template);
  const together: number[] = [];
  const apart: number[] = [];
  const actions: number[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    together.push(perSecond(await throughCoppice(servers, await copyOf(server, one)), rows));
    const run = await throughCoppice(servers, await copyOf(server, many));
    apart.push(perSecond(run, rows));
    actions.push(...(run.actions === null ? [] : [run.actions]));
    log(`round ${round}: ${[together, apart].map((speed) => whole(speed.at(-1) ?? 0)).join(' | ')} documents/s`);
  }
  for (const template of [one, many]) await dropCopy(server, template);
  return {
    versions: servers.versions,
    header: ['rows', 'partitions', 'documents/s, median', 'worst', 'many ÷ one, median and worst of rounds'],
    rows: [
      [whole(rows), '1', ...speeds(together), ''],
      [whole(rows), whole(partitions), ...speeds(apart), shares(ratios(apart, together))],
    ],
    facts: [
      [
        `partitions a second, with ${(rows / 2 / partitions).toFixed(0)} documents to remove in each`,
        whole((median(apart) * partitions) / (rows / 2)),
      ],
      [
        `billable Temporal actions of a run over ${whole(partitions)} partitions`,
        actions.length === 0 ? 'not known' : whole(median(actions)),
      ],
    ],
  };
}
