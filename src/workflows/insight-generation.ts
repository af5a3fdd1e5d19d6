import type { GenerateSlice } from '../activities/insight-generation/index.ts';
import type { JobInput, JobResult } from './input.ts';
import { reporting } from './policies.ts';
import { task } from './task.ts';

/** Finds insights of the organisation and of each user, in slices. */
export async function insightGeneration(input: JobInput = {}): Promise<JobResult> {
  return task('insight-generation', input, async (run) => {
    const { generateInsights } = reporting(run);
    for (let after: string | null = null; ; ) {
      const slice: GenerateSlice = await generateInsights({ run, after });
      if (!slice.remaining) return null;
      after = slice.after;
    }
  });
}
