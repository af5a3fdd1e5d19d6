/** A worker thread of `duplicate-finder.ts` runs this. Its searches have threads of their own, which end with it. */
import { workerData } from 'piscina';
import { type DuplicateTask, vectorAt } from './duplicate-task.ts';
import { type FoundDuplicates, findDuplicates } from './find-duplicates.ts';
import { createSimilaritySearch } from './similarity-search.ts';

const search = createSimilaritySearch({ threads: Number(workerData) });

export default function run(task: DuplicateTask): Promise<FoundDuplicates[]> {
  const { records, maxErrorRate } = task;
  return findDuplicates({ records, vectorOf: (record) => vectorAt(task, record) }, search, { maxErrorRate });
}
