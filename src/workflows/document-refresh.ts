import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Fetches documents again that are near their end: the sweep, and nothing besides. */
export async function documentRefresh(input: JobInput = {}): Promise<JobResult> {
  return sweep('document-refresh', input);
}
