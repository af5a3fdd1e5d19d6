import { Context } from '@temporalio/activity';
import { databaseNow } from '../../database/clock.ts';
import { chosenModel, RunBudget } from '../run-budget.ts';
import { controlFailure } from '../sweep/failures.ts';
import { withHeartbeat } from '../sweep/heartbeat.ts';
import type { RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';
import { Rewriter } from './reword.ts';
import { reportsOf } from './write-reports.ts';

export interface ReportInput {
  readonly run: RunContext;
  /** Where the slice before ended: the name of a collection and the digest of a user, never a user's name. */
  readonly after: string | null;
  /** The instant that the first slice began at: a run writes reports of one period. */
  readonly until: string | null;
}

export interface ReportSlice {
  readonly remaining: boolean;
  readonly after: string | null;
  readonly until: string | null;
}

export function createReportActivities(deps: TaskDeps) {
  return {
    writeReports: async (input: ReportInput): Promise<ReportSlice> => {
      try {
        return await withHeartbeat(() => deps.meter.during(input.run, () => write(deps, input)));
      } catch (error) {
        throw controlFailure(error, Context.current().info.attempt);
      }
    },
  };
}

export type ReportActivities = ReturnType<typeof createReportActivities>;

/** For the length of a slice. A page of users is a transaction that can be repeated. */
async function write(deps: TaskDeps, { run, after, until }: ReportInput): Promise<ReportSlice> {
  const { cancellationSignal: signal } = Context.current();
  const endsAt = performance.now() + run.timings.sliceMs;
  const now = until === null ? await databaseNow(deps.db) : new Date(until);
  const budget = RunBudget.of(deps.db, run.runNo, run.parameters);
  const modelName = chosenModel(run.parameters);
  const rewriter =
    run.parameters.method === 'model' ? new Rewriter({ model: deps.model, modelName, budget, signal }) : null;
  try {
    for await (const reached of reportsOf(deps, run, now, after, rewriter)) {
      signal.throwIfAborted();
      if (performance.now() > endsAt || deps.stopping.aborted) {
        return { remaining: true, after: reached, until: now.toISOString() };
      }
    }
    return { remaining: false, after: null, until: null };
  } finally {
    await budget.close();
  }
}
