import type { RunJson } from '../../domain/run.ts';
import type { Parameters } from '../../jobs/job.ts';
import { type Context, jobOf } from '../context.ts';
import { refuseTask } from './preview.ts';
import { startRun } from './start.ts';

/** Starts a run of the job now, or with `preview` only its survey, recorded as a run. */
export async function runJob(
  context: Context,
  jobId: string,
  parameters: Parameters,
  options: { readonly preview: boolean },
): Promise<RunJson> {
  const { job } = jobOf(context, jobId);
  if (options.preview) refuseTask(job);
  return startRun(context, {
    job: job.id,
    kind: options.preview ? 'preview' : job.target === 'none' ? 'task' : 'sweep',
    workflowType: job.workflow,
    input: { parameters, ...(options.preview ? { preview: true } : {}) },
    parameters,
    undoes: null,
    summary: options.preview ? `Preview: ${job.title}` : job.title,
  });
}
