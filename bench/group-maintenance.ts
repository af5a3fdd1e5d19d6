import { compareGroups } from './compare-groups.ts';
import { benchOf } from './comparisons.ts';

export const groupMaintenanceBench = benchOf({
  name: 'group-maintenance',
  title: 'N stale groups of mixed size in tables of PostgreSQL: collected, recomputed, and looked at again for nothing',
  options: '[--rows N] (rows: groups)',
  comparisons: { groups: { rows: 10_000, compare: compareGroups } },
});
