import type { ReportSlice } from '../activities/weekly-report/index.ts';
import type { JobInput, JobResult } from './input.ts';
import { reporting } from './policies.ts';
import { task } from './task.ts';

/** Writes the reports of the organisation and of each user, in slices. */
export async function weeklyReport(input: JobInput = {}): Promise<JobResult> {
  return task('weekly-report', input, async (run) => {
    const { writeReports } = reporting(run);
    for (let at: Pick<ReportSlice, 'after' | 'until'> = { after: null, until: null }; ; ) {
      const slice: ReportSlice = await writeReports({ run, ...at });
      if (!slice.remaining) return null;
      at = slice;
    }
  });
}
