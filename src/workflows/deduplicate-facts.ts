import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Merges duplicate entities of graphs: the sweep, and nothing besides. */
export async function deduplicateFacts(input: JobInput = {}): Promise<JobResult> {
  return sweep('deduplicate-facts', input);
}
