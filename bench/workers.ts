import { compareWorkers } from './compare-workers.ts';
import { benchOf } from './comparisons.ts';

export const workersBench = benchOf({
  name: 'workers',
  title: 'one large partition of N documents and many small ones, by 1, 2 and 4 workers on one Temporal server',
  options: '[--rows N] [--rounds 1] [--partitions 100000]',
  comparisons: { processes: { rows: 1_000_000, compare: compareWorkers } },
});
