import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Restores facts that were retired without reason: the sweep, and nothing besides. */
export async function auditInvalidations(input: JobInput = {}): Promise<JobResult> {
  return sweep('audit-invalidations', input);
}
