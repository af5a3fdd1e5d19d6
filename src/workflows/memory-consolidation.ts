import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Merges memories that say the same in other words: the sweep, and nothing besides. */
export async function memoryConsolidation(input: JobInput = {}): Promise<JobResult> {
  return sweep('memory-consolidation', input);
}
