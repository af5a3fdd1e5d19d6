import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Merges copies of memories: the sweep, and nothing besides. */
export async function memoryDedup(input: JobInput = {}): Promise<JobResult> {
  return sweep('memory-dedup', input);
}
