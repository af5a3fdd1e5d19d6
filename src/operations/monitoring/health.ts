import { type Check, runChecks } from '../../activities/health-check/checks.ts';
import type { Context } from '../context.ts';
import { type JobTimesJson, jobTimes } from '../runs/job-times.ts';
import { pollerDeps } from './pollers.ts';
import { SharedAnswer } from './shared-answer.ts';

export { type Check, check } from '../../activities/health-check/checks.ts';

export interface HealthJson {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly jobs: readonly JobTimesJson[];
}

/** Whether a run started now would be carried out: the same look that the job `health-check` takes. */
export async function health(context: Context): Promise<HealthJson> {
  const [found, jobs] = await Promise.all([sharedChecks.get(context), jobTimes(context)]);
  return { ok: found.every((one) => one.ok), checks: found, jobs };
}

const sharedChecks = new SharedAnswer(1_000, checks);

function checks(context: Context): Promise<readonly Check[]> {
  return runChecks({ ...pollerDeps(context), probes: context.parts.probes });
}
