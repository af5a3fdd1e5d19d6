import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Lowers the scores of memories that nobody uses: the sweep, and nothing besides. */
export async function memoryDecay(input: JobInput = {}): Promise<JobResult> {
  return sweep('memory-decay', input);
}
