import { compareGroups } from './compare-groups.ts';
import { compareSequential } from './compare-sequential.ts';
import { benchOf } from './comparisons.ts';

export const groupMaintenanceBench = benchOf({
  name: 'group-maintenance',
  title: 'N stale groups of mixed size in tables of PostgreSQL: collected, recomputed, and looked at again for nothing',
  options: '[--rows N] [--rounds 7] (rows: groups)',
  comparisons: {
    groups: { rows: 10_000, compare: compareGroups },
    sequential: { rows: 1_000, compare: compareSequential },
  },
});
