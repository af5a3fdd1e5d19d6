import { compareWithBareLoops } from './compare-bare.ts';
import { compareOnJson } from './compare-json.ts';
import { comparePartitions } from './compare-partitions.ts';
import { compareOnWeaviate } from './compare-weaviate.ts';
import { benchOf } from './comparisons.ts';

export const ttlCleanupBench = benchOf({
  name: 'ttl-cleanup',
  title: 'half of N documents expired, a chunk row and a vector of 384 dimensions each, on native PostgreSQL',
  options: '[--rows N] [--rounds 7] [--partitions 10000]',
  comparisons: {
    'bare-loop': { rows: 1_000_000, compare: compareWithBareLoops },
    json: { rows: 200_000, compare: compareOnJson },
    weaviate: { rows: 40_000, compare: compareOnWeaviate },
    partitions: { rows: 200_000, compare: comparePartitions },
  },
});
