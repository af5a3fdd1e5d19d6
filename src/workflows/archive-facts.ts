import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Archives facts that are past their time to live: the sweep, and nothing besides. */
export async function archiveFacts(input: JobInput = {}): Promise<JobResult> {
  return sweep('archive-facts', input);
}
