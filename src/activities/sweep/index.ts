import { Context } from '@temporalio/activity';
import { sql } from 'kysely';
import { withStatementTimeout } from '../../database/answer-limit.ts';
import { dropStaleItems } from '../../state/ledger/items.ts';
import { approvalHours } from './approval.ts';
import { begin } from './begin.ts';
import { checkConfiguration } from './configuration.ts';
import type { SweepDeps } from './deps.ts';
import { commitsBefore, drain } from './drain.ts';
import { controlFailure, drainFailure } from './failures.ts';
import { finish } from './finish.ts';
import { type GiveUpInput, giveUp } from './give-up.ts';
import { withHeartbeat } from './heartbeat.ts';
import { notifyHeld } from './notify.ts';
import { nextPacks } from './packs.ts';
import { planUndo } from './plan-undo.ts';
import { probeStores } from './probe.ts';
import { logStoreText } from './store-text.ts';
import { surveyRun, surveyTimeoutMs } from './survey-run.ts';
import type { BeginInput, DrainInput, FinishInput, RunContext, SurveyInput, SurveyResult } from './types.ts';

/** The activities that all sweeping jobs share. Every error leaves them named, for the workflow to tell apart. */
export function createSweepActivities(deps: SweepDeps) {
  const control = async <T>(work: () => Promise<T>, timeoutMs = deps.statementTimeoutMs): Promise<T> => {
    try {
      return await withHeartbeat(() => withStatementTimeout(timeoutMs, work));
    } catch (error) {
      logStoreText(deps, error);
      throw controlFailure(error, Context.current().info.attempt);
    }
  };
  const metered = <T>(run: RunContext, work: () => Promise<T>, timeoutMs?: number): Promise<T> =>
    control(() => deps.meter.during(run, work), timeoutMs);
  return {
    begin: (input: BeginInput) => control(() => begin(deps, input)),
    survey: (input: SurveyInput) => metered(input.run, () => survey(deps, input), surveyTimeoutMs),
    planUndo: (run: RunContext, undoes: string) =>
      metered(run, async () => {
        checkConfiguration(deps, run);
        const { cancellationSignal: signal, info } = Context.current();
        return planUndo(deps, run, undoes, { attempt: info.attempt, signal });
      }),
    nextPacks: (run: RunContext, beyond: number) => control(() => nextPacks(deps, run, beyond)),
    drain: async (input: DrainInput) => {
      try {
        return await withHeartbeat(() =>
          withStatementTimeout(deps.statementTimeoutMs, () =>
            deps.meter.during(input.run, () => drain(deps, input, Context.current().cancellationSignal)),
          ),
        );
      } catch (error) {
        logStoreText(deps, error);
        throw drainFailure(error, input.run.retry.retry_on_errors, commitsBefore(error));
      }
    },
    giveUp: (input: GiveUpInput) => control(() => giveUp(deps, input)),
    probe: (job: string, collections?: readonly string[]) =>
      control(async () => {
        await sql`select 1`.execute(deps.db);
        await probeStores(deps, job, collections, Context.current().cancellationSignal);
      }),
    finish: (input: FinishInput) => control(() => finish(deps, input)),
    notifyHeld: (runId: string) => control(() => notifyHeld(deps, runId)),
  };
}

export type SweepActivities = ReturnType<typeof createSweepActivities>;

async function survey(deps: SweepDeps, input: SurveyInput): Promise<SurveyResult> {
  checkConfiguration(deps, input.run);
  await dropStaleItems(deps.db, approvalHours);
  const { cancellationSignal: signal, info } = Context.current();
  return surveyRun(deps, input, signal, info.attempt);
}
