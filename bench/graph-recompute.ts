import { compareGds } from './compare-gds.ts';
import { compareIgraph } from './compare-igraph.ts';
import { compareRecompute } from './compare-recompute.ts';
import { benchOf } from './comparisons.ts';

export const graphRecomputeBench = benchOf({
  name: 'graph-recompute',
  title: 'one group in tables of PostgreSQL, read, computed and written back',
  options: '[--rows N] [--rounds 7] (rows: relations)',
  comparisons: {
    postgres: { rows: 500_000, compare: compareRecompute },
    igraph: { rows: 500_000, compare: compareIgraph },
    gds: { rows: 100_000, compare: compareGds },
  },
});
