import { alertNotDelivered } from '../../domain/alerts.ts';
import type { ErrorJson } from '../../domain/run.ts';
import { begin } from '../sweep/begin.ts';
import { finish } from '../sweep/finish.ts';
import type { BeginInput, BeginResult, FinishResult, RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';
import { sendNotices } from './send.ts';

export type WholeCheck =
  | {
      readonly begun: true;
      readonly searchAttributes: boolean;
      readonly result: FinishResult;
    }
  | Extract<BeginResult, { begun: false }>;

/**
 * A whole run of `health-check` in one activity: it runs every five minutes, and each activity is an action that Temporal
 * Cloud bills. Run again after its worker was lost, it continues the same run.
 */
export async function wholeCheck(
  deps: TaskDeps,
  input: BeginInput,
  checkHealth: (run: RunContext) => Promise<ErrorJson | null>,
): Promise<WholeCheck> {
  const begun = await begin(deps, input);
  if (!begun.begun) return begun;
  const { run } = begun;
  const error = await deps.meter.during(run, async () => {
    const problem = await checkHealth(run);
    try {
      await sendNotices(deps);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      deps.log.warn({ reason }, 'notices were not delivered; the next check sends them again');
      return problem ?? { ...alertNotDelivered, message: `${alertNotDelivered.message} (${reason})` };
    }
    return problem;
  });
  const result = await finish(deps, { run, status: error === null ? null : 'partial', error });
  return { begun: true, searchAttributes: run.searchAttributes, result };
}
