import { compareRefreshWithBareLoop } from './compare-refresh-bare.ts';
import { compareRefreshMemory } from './compare-refresh-memory.ts';
import { benchOf } from './comparisons.ts';

export const documentRefreshBench = benchOf({
  name: 'document-refresh',
  title: 'N documents fetched again from a site of fixed latency, cut, embedded and written',
  options: '[--rows N] [--rounds 7]',
  comparisons: {
    'bare-loop': { rows: 3_000, compare: compareRefreshWithBareLoop },
    memory: { rows: 100_000, compare: compareRefreshMemory },
  },
});
