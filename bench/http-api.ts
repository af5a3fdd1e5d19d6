import { compareApiLists } from './compare-api-lists.ts';
import { compareFirstView } from './compare-first-view.ts';
import { benchOf } from './comparisons.ts';

export const httpApiBench = benchOf({
  name: 'http-api',
  title: 'lists and summaries of the HTTP API with many runs and groups on record, 20 requests at once',
  options: '[--rows N] [--rounds 5] (rows: runs)',
  comparisons: {
    lists: { rows: 1_000_000, compare: compareApiLists },
    'first-view': { rows: 1_000_000, compare: compareFirstView },
  },
});
