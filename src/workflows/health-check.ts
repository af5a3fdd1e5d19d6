import type { JobInput, JobResult } from './input.ts';
import { alerting, checking } from './policies.ts';
import { task } from './task.ts';

/** Looks at everything that a run needs, and keeps the alerts. */
export async function healthCheck(input: JobInput = {}): Promise<JobResult> {
  return task('health-check', input, async (run) => {
    const problem = await checking(run).checkHealth(run);
    try {
      await alerting.sendAlerts();
    } catch {
      // The alert stands, and the next check sends what was not taken.
      const message = 'the webhook for alerts did not take what it was sent; the next check tries again';
      return problem ?? { name: 'AlertNotDeliveredError', message, hint: 'See coppice alerts list.' };
    }
    return problem;
  });
}
