import { type BareTables, bareLoop } from './bare-loop.ts';
import { perSecond } from './compare-bare.ts';
import { throughCoppice } from './coppice.ts';
import type { BenchOptions } from './options.ts';
import { type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';
import { copyOf, dropCopy, makeJsonTemplate } from './template.ts';

const tables: BareTables = {
  rows: 'public.mem0',
  chunks: null,
  due: "(payload->>'expiration_date')::date < current_date",
};

/** A table that is not ours, as mem0 writes it: owner and date inside a JSON column, the vector in the row. */
export async function compareOnJson(servers: Servers, options: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  const { rows, rounds } = options;
  const template = { name: 'bench_json', rows, partitions: 1 };
  await makeJsonTemplate(server, template);
  const [bare, ours]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    bare.push(perSecond(await bareLoop(await copyOf(server, template), true, tables), rows));
    const collections = { memories: { preset: 'mem0' } };
    ours.push(perSecond(await throughCoppice(servers, await copyOf(server, template), { collections }), rows));
    log(`round ${round}: ${[bare, ours].map((speed) => whole(speed.at(-1) ?? 0)).join(' | ')} memories/s`);
  }
  await dropCopy(server, template);
  return {
    versions: servers.versions,
    header: ['rows', 'contestant', 'memories/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [whole(rows), 'bare SQL loop, same ledger rows', ...speeds(bare), shares(ratios(ours, bare))],
      [whole(rows), 'Coppice through Temporal, preset mem0, ledger', ...speeds(ours), ''],
    ],
    facts: [['memories removed a round', whole(rows / 2)]],
  };
}
