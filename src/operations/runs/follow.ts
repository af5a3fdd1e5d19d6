import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type RunJson } from '../../domain/run.ts';
import { getRun } from '../../state/runs/runs.ts';
import { type Context, runOf } from '../context.ts';
import { closeEndedRun } from './close-ended.ts';
import { toRun } from './runs.ts';

/** Short runs are told of soon; who waits long is asked for less often. */
const firstPollMs = 100;
const slowestPollMs = 500;
/** How often the Temporal server is asked whether the workflow still lives. */
const checkWorkflowMs = 5_000;

/** The run as it stands. The id follows from what is said: who saw this one need not be told again. */
export interface RunEvent {
  readonly id: string;
  readonly type: 'progress' | 'end';
  readonly run: RunJson;
}

/** Every change of a run until it has ended, the last event with its end. Ends early when the signal aborts. */
export async function* followRun(context: Context, id: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const { run_id } = await runOf(context, id);
  let told: string | null = null;
  let pollMs = firstPollMs;
  let checkedAt = performance.now();
  while (!signal.aborted) {
    const event = await eventOf(context, run_id);
    if (event.id !== told) yield event;
    if (event.type === 'end') return;
    told = event.id;
    if (performance.now() - checkedAt > checkWorkflowMs) {
      // Where Temporal does not answer, the record alone is told.
      await closeEndedRun(context, await getRun(context.parts.db, run_id)).catch(() => {});
      checkedAt = performance.now();
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {});
    pollMs = Math.min(slowestPollMs, pollMs * 1.5);
  }
}

/** Resolves once the run has ended, or with the run as it then stands when the time is over or `stop` aborts. */
export async function waitAtMost(context: Context, id: string, waitMs: number, stop: AbortSignal): Promise<RunJson> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(waitMs)]);
  for await (const { run, type } of followRun(context, id, signal)) {
    if (type === 'end') return run;
  }
  return toRun(context, await runOf(context, id));
}

async function eventOf(context: Context, runId: string): Promise<RunEvent> {
  const record = await getRun(context.parts.db, runId);
  const run = await toRun(context, record);
  // A duration goes on while nothing else changes.
  const said = isFinal(run.status) ? run : { ...run, duration_ms: null };
  const id = createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 16);
  return { id, type: isFinal(run.status) ? 'end' : 'progress', run };
}
