import { compareTopicsWithBareLoop } from './compare-topics.ts';
import { benchOf } from './comparisons.ts';

export const topicExtractionBench = benchOf({
  name: 'topic-extraction',
  title: 'N questions of a thousand users, one in fifty of which is new',
  options: '[--rows N] [--rounds 7]',
  comparisons: { 'bare-loop': { rows: 1_000_000, compare: compareTopicsWithBareLoop } },
});
