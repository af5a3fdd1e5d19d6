import type { ConsoleWorld } from './console-world.ts';

/** To be evaluated in the page: pixels that it is wider than its window. */
export const widerThanScreen = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** Views by their addresses, each with what shows that it has its data. */
export const viewsOf = (world: ConsoleWorld): readonly (readonly [string, string, string])[] => [
  ['overview', '/', 'is held'],
  ['runs', '/runs', 'documents removed'],
  ['run', `/runs/${world.removed}`, 'Item by item'],
  ['held', `/runs/${world.held}`, 'What it would do'],
  ['jobs', '/jobs', 'Remove expired documents'],
  ['job', '/jobs/ttl-cleanup', 'max_age_days'],
  ['review', '/review', 'person-1'],
  ['proposal', `/review/${world.proposal}`, 'Proposed change'],
  ['merge', `/merges/${world.merge}`, 'Joined to'],
  ['dead-letters', '/dead-letters', 'crimson'],
  ['holds', '/holds', 'Filter to lift'],
  ['groups', '/groups', 'scarlet'],
  ['stores', '/stores', 'knowledge.documents'],
  ['insights', '/insights', 'invoice'],
  ['reports', '/reports', 'weekly'],
  ['report', `/reports/${world.report}`, 'Recommendations'],
  ['nowhere', '/jobs/no-such-job', 'no-such-job'],
];
