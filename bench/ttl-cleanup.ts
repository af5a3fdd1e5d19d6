import { compareWithBareLoops } from './compare-bare.ts';
import { compareOnJson } from './compare-json.ts';
import { comparePartitions } from './compare-partitions.ts';
import { compareOnWeaviate } from './compare-weaviate.ts';
import type { Bench, BenchOptions } from './options.ts';
import { print, type Section } from './report.ts';
import { type Servers, withServers } from './servers.ts';
import { writeSection } from './write-docs.ts';

/** What is compared, by the name that `--compare` takes, and how many rows it has unless told. */
const comparisons: Readonly<
  Record<string, { readonly rows: number; compare(servers: Servers, options: BenchOptions): Promise<Section> }>
> = {
  'bare-loop': { rows: 1_000_000, compare: compareWithBareLoops },
  json: { rows: 200_000, compare: compareOnJson },
  weaviate: { rows: 40_000, compare: compareOnWeaviate },
  partitions: { rows: 200_000, compare: comparePartitions },
};

export const ttlCleanupBench: Bench = {
  name: 'ttl-cleanup',
  title: 'half of N documents expired, a chunk row and a vector of 384 dimensions each, on native PostgreSQL',
  usage: `npm run bench -- ttl-cleanup [--compare ${Object.keys(comparisons).join('|')}] [--rows N] [--rounds 7] [--partitions 10000] [--write]`,
  async run(given) {
    const names = given.compare === null ? Object.keys(comparisons) : [given.compare];
    for (const name of names) {
      const comparison = comparisons[name];
      if (comparison === undefined) throw new Error(`there is no comparison '${name}': ${this.usage}`);
      const rows = given.rows ?? comparison.rows;
      const section = await withServers((servers) => comparison.compare(servers, { ...given, rows }));
      print(section);
      const partitions = name === 'partitions' ? ` --partitions ${given.partitions}` : '';
      const command = `npm run bench -- ttl-cleanup --compare ${name} --rows ${rows} --rounds ${given.rounds}${partitions} --write`;
      if (given.write) writeSection(`ttl-cleanup ${name}`, command, section);
    }
  },
};
