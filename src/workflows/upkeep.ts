import { setCurrentDetails } from '@temporalio/workflow';
import { upkeepStages } from '../domain/upkeep.ts';
import type { JobInput, JobResult } from './input.ts';
import { tidying } from './policies.ts';
import { task } from './task.ts';

/** Tidies Coppice's own tables, stage by stage, each in slices. */
export async function upkeep(input: JobInput = {}): Promise<JobResult> {
  return task('upkeep', input, async (run) => {
    const { tidy } = tidying(run);
    for (const stage of upkeepStages) {
      setCurrentDetails(`stage: ${stage}`);
      for (let after: string | null = null; ; ) {
        const slice = await tidy.executeWithOptions({ summary: stage }, [{ run, stage, after }]);
        if (!slice.remaining) break;
        after = slice.after;
      }
    }
    return null;
  });
}
