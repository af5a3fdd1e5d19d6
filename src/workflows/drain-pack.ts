import { RetryState } from '@temporalio/common';
import { ActivityFailure, type ActivityOptions, patched, sleep } from '@temporalio/workflow';
import type { Plan, RunContext } from '../activities/sweep/types.ts';
import type { Pack } from '../domain/packs.ts';
import type { Breaker } from './breaker.ts';
import { errorOf, hadProgress, lossOf } from './failures.ts';
import { control, isolating, packing } from './policies.ts';

/** Everything may go wrong without progress only so often: what is still unfinished then is given up. */
const mostIdleRounds = 20;
const longestBusyWaitMs = 300_000;
/** A worker that fits is there now, or will be soon, or not at all. */
const longestDeclinedMs = 5_000;

export interface Draining {
  readonly run: RunContext;
  readonly plan: Plan;
  readonly breaker: Breaker;
}

/** Sees one pack through: slices until nothing remains, then what has to be handled alone. */
export async function drainPack(draining: Draining, pack: Pack): Promise<void> {
  const { run, plan, breaker } = draining;
  const { drain } = packing(run);
  const options = { summary: summaryOf(pack), ...inTurn(pack), ...queueOf(pack) };
  let [idle, declined] = [0, false];
  for (;;) {
    let alone = false;
    try {
      const input = { run, plan, from: pack.from, to: pack.to, alone: false };
      const result = await drain.executeWithOptions({ ...options, ...anywhere(declined) }, [input]);
      alone = true;
      for (const no of [...result.isolate, ...result.busy]) await drainAlone(draining, pack, no);
      if (!result.remaining) return;
      idle = result.commits > 0 ? 0 : idle + 1;
    } catch (error) {
      const loss = lossOf(error);
      if (loss === 'fatal') throw error;
      // The activity of its own has had all its rounds, and the store all the time that the run waits for it.
      if (alone && patched('alone-ends-the-run')) throw error;
      idle = hadProgress(error) ? 0 : idle + 1;
      // A lost worker leaves its mark on the partitions that were in flight; those are isolated, so the pack gets on.
      if (idle > mostIdleRounds || (loss === 'failed' && idle > run.retry.max_retries)) throw error;
      declined = loss === 'declined';
      await sleep(pauseMs(idle, declined));
      if (loss === 'store') await breaker.closed();
    }
  }
}

/** One partition in an activity of its own, until it is finished or given up. */
async function drainAlone(draining: Draining, pack: Pack, no: number): Promise<void> {
  const { run, plan, breaker } = draining;
  const { drain } = isolating(run);
  let [idle, busy, declined] = [0, 0, false];
  for (;;) {
    try {
      const input = { run, plan, from: no, to: no, alone: true };
      const options = {
        ...{ summary: `partition ${no}, alone`, ...inTurn({ ...pack, partitions: 1 }), ...queueOf(pack) },
        ...anywhere(declined),
      };
      const result = await drain.executeWithOptions(options, [input]);
      if (result.busy.length === 0 && !result.remaining) return;
      if (result.commits > 0) idle = 0;
      if (result.busy.length > 0) {
        busy += 1;
        if (busy > mostIdleRounds) return await abandon(draining, no, busy, busyError(no));
        await sleep(Math.min(longestBusyWaitMs, 1000 * 2 ** Math.min(busy, 10)));
      } else if (result.commits === 0) {
        idle += 1;
        await sleep(pauseMs(idle));
      }
    } catch (error) {
      const loss = lossOf(error);
      if (loss === 'fatal') throw error;
      const progress = hadProgress(error);
      idle = progress ? 0 : idle + 1;
      // It is not the partition that is at fault.
      if (loss === 'declined' && idle > mostIdleRounds) throw error;
      if ((loss === 'failed' && !progress) || idle > mostIdleRounds) {
        return await abandon(draining, no, attemptsOf(error, run), error);
      }
      declined = loss === 'declined';
      await sleep(pauseMs(idle, declined));
      if (loss === 'store') await breaker.closed();
    }
  }
}

async function abandon({ run }: Draining, no: number, attempts: number, error: unknown): Promise<void> {
  await control(run).giveUp({ run, no, attempts, error: errorOf(error) });
}

function busyError(no: number): Error {
  const error = new Error(`partition ${no} was in another run's hands all the time`);
  error.name = 'PartitionBusyError';
  return error;
}

/** Tries that this failure stands for, the one in the pack included. */
function attemptsOf(error: unknown, run: RunContext): number {
  const exhausted = error instanceof ActivityFailure && error.retryState === RetryState.MAXIMUM_ATTEMPTS_REACHED;
  return exhausted ? run.retry.max_retries + 2 : 2;
}

function pauseMs(idle: number, declined = false): number {
  return Math.min(declined ? longestDeclinedMs : 30_000, 500 * 2 ** Math.min(idle, 6));
}

/** The server likes to hand an activity to the worker that runs the workflow: after that one declined, to any other. */
function anywhere(declined: boolean): { readonly allowEagerDispatch?: boolean } {
  return declined ? { allowEagerDispatch: false } : {};
}

/** The highest weight that Temporal takes. */
const highestWeight = 1_000;

/** A pack of many tenants has the share of many. The priority is that of the workflow. */
function inTurn({
  fairnessKey,
  partitions,
}: Pick<Pack, 'fairnessKey' | 'partitions'>): Pick<ActivityOptions, 'priority'> {
  if (fairnessKey === undefined) return {};
  return { priority: { fairnessKey, fairnessWeight: Math.min(highestWeight, partitions) } };
}

function queueOf({ taskQueue }: Pack): Pick<ActivityOptions, 'taskQueue'> {
  return taskQueue === undefined ? {} : { taskQueue };
}

function summaryOf(pack: Pack): string {
  if (pack.partitions === 1) return `partition ${pack.from}: ${pack.weight} rows`;
  return `partitions ${pack.from}–${pack.to}: ${pack.weight} rows`;
}
