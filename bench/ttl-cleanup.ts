import { compareWithBareLoops } from './compare-bare.ts';
import { comparePartitions } from './compare-partitions.ts';
import type { Bench } from './options.ts';
import { print } from './report.ts';
import { withServers } from './servers.ts';
import { writeSection } from './write-docs.ts';

export const ttlCleanupBench: Bench = {
  name: 'ttl-cleanup',
  title: 'half of N documents expired, a chunk row and a vector of 384 dimensions each, on native PostgreSQL',
  usage: 'npm run bench -- ttl-cleanup [--rows 200000] [--rounds 5] [--partitions 1] [--write]',
  async run(options) {
    const { rows, rounds, partitions } = options;
    const section = await withServers((servers) =>
      partitions === 1 ? compareWithBareLoops(servers, options) : comparePartitions(servers, options),
    );
    print(section);
    const command = `npm run bench -- ttl-cleanup --rows ${rows} --rounds ${rounds} --partitions ${partitions} --write`;
    if (options.write) writeSection(partitions === 1 ? 'ttl-cleanup' : 'ttl-cleanup partitions', command, section);
  },
};
