import { compareProfilesWithBareLoop } from './compare-profiles.ts';
import { benchOf } from './comparisons.ts';

export const profileMaintenanceBench = benchOf({
  name: 'profile-maintenance',
  title: 'N profiles that a local model of fixed latency is asked about, and that change',
  options: '[--rows N] [--rounds 7]',
  comparisons: { 'bare-loop': { rows: 1_000, compare: compareProfilesWithBareLoop } },
});
