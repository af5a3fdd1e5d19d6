/** A worker thread of `similarity-search.ts` runs this. */
import { type CosineTask, findNeighbours, findPairs, type Pairs } from './cosine-task.ts';
import { type LexicalTask, lexicalNeighbours } from './lexical.ts';
import type { Neighbours } from './top-k.ts';

export default function run(task: CosineTask | LexicalTask): Neighbours | Pairs {
  if (task.kind === 'lexical') return lexicalNeighbours(task);
  if ('maxPairs' in task.wanted) return findPairs(task, task.wanted.maxPairs);
  return findNeighbours(task, task.wanted.neighbours);
}
