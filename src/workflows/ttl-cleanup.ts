import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Removes expired documents: the sweep, and nothing besides. */
export async function ttlCleanup(input: JobInput = {}): Promise<JobResult> {
  return sweep('ttl-cleanup', input);
}
