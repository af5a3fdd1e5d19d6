import type { SweepDeps } from './deps.ts';
import type { RunContext } from './types.ts';

/** `set`: what the run was told to keep to, or `null` where batches adapt; `start`: where they start. */
export function batchSizeOf(deps: SweepDeps, run: RunContext): { set: number | null; start: number } {
  const { batch_size: set } = run.parameters;
  if (typeof set === 'number') return { set, start: set };
  const usual = deps.settings(run.job).job.parameters.batch_size?.default;
  return { set: null, start: typeof usual === 'number' ? usual : 50 };
}
