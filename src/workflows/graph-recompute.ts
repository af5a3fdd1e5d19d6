import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Recomputes the groups that changed: the sweep, and nothing besides. */
export async function graphRecompute(input: JobInput = {}): Promise<JobResult> {
  return sweep('graph-recompute', input);
}
