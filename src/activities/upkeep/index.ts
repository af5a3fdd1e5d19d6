import { Context } from '@temporalio/activity';
import { withStatementTimeout } from '../../database/answer-limit.ts';
import { controlFailure } from '../sweep/failures.ts';
import { withHeartbeat } from '../sweep/heartbeat.ts';
import type { TaskDeps } from '../task-deps.ts';
import { stages } from './stages.ts';
import type { Slice, TidyInput } from './types.ts';

/** `vacuum` and the count of drift read whole tables. */
const longestStatementMs = 3_600_000;

export function createUpkeepActivities(deps: TaskDeps) {
  return {
    tidy: async (input: TidyInput): Promise<Slice> => {
      try {
        return await withHeartbeat(() =>
          withStatementTimeout(longestStatementMs, () => deps.meter.during(input.run, () => tidy(deps, input))),
        );
      } catch (error) {
        throw controlFailure(error, Context.current().info.attempt);
      }
    },
  };
}

export type UpkeepActivities = ReturnType<typeof createUpkeepActivities>;

/**
 * One stage for the length of a slice. Every batch is a transaction that can be repeated, so that what is cut off goes on
 * where it stood, at the latest from the stage's beginning.
 */
async function tidy(deps: TaskDeps, { run, stage, after }: TidyInput): Promise<Slice> {
  const { cancellationSignal } = Context.current();
  const endsAt = performance.now() + run.timings.sliceMs;
  for await (const reached of stages[stage]({ deps, run, after })) {
    cancellationSignal.throwIfAborted();
    if (performance.now() > endsAt || deps.stopping.aborted) return { remaining: true, after: reached };
  }
  return { remaining: false, after: null };
}
