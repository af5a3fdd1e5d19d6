import { defaultBrake, defaultRetry } from './defaults.ts';
import type { TaskJob } from './job.ts';

export const healthCheck = {
  id: 'health-check',
  target: 'none',
  routine: true,
  title: 'Check stores, Temporal, schedules and alert rules',
  description:
    'Asks every store and endpoint whether it answers, looks at workers, schedules, leases, held runs, dead letters and ' +
    'the ledger, and fires or resolves alerts (`coppice alerts list`; section `alerts` of `coppice.yaml`). Changes ' +
    'nothing of an application. A run that finds something that does not answer ends `partial`.',
  workflow: 'healthCheckAtOnce',
  partition: null,
  parameters: {},
  schedules: [{ every_seconds: 300, catch_up_window_seconds: 60 }],
  brake: defaultBrake,
  retry: defaultRetry,
  concurrency: 1,
  priority: 'high',
} as const satisfies TaskJob;
