import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Consolidates the attributes of profiles: the sweep, whose survey proposes first. */
export async function profileMaintenance(input: JobInput = {}): Promise<JobResult> {
  return sweep('profile-maintenance', input);
}
