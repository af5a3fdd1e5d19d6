import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Refreshes documents that are about to expire: the sweep, and nothing besides. */
export async function documentRefresh(input: JobInput = {}): Promise<JobResult> {
  return sweep('document-refresh', input);
}
