import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Collects what is stale in groups and recomputes them: the sweep, and nothing besides. */
export async function groupMaintenance(input: JobInput = {}): Promise<JobResult> {
  return sweep('group-maintenance', input);
}
