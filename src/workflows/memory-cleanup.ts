import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Removes memories that nobody needs any more: the sweep, and nothing besides. */
export async function memoryCleanup(input: JobInput = {}): Promise<JobResult> {
  return sweep('memory-cleanup', input);
}
