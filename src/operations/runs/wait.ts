import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type RunJson } from '../../domain/run.ts';
import { getRun, toRunJson } from '../../state/runs/runs.ts';
import type { Context } from '../context.ts';
import { closeEndedRun } from './close-ended.ts';
import { waitingFor } from './waiting-for.ts';

const firstPollMs = 100;
const slowestPollMs = 1_000;
/** How often the Temporal server is asked whether the workflow still lives. */
const checkWorkflowMs = 5_000;

export interface Progress {
  readonly status: string;
  readonly done: number;
  readonly partitions: number;
  readonly totals: Readonly<Record<string, number>>;
}

export interface WaitOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Told whenever the run begins to wait for something else. */
  readonly onWaiting?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** Waits until the run has ended, by its record; one whose workflow is found closed is closed on the way. */
export async function waitForRun(context: Context, runId: string, options: WaitOptions = {}): Promise<RunJson> {
  let pollMs = firstPollMs;
  let checkedAt = performance.now();
  let told: string | null = null;
  for (;;) {
    const run = await getRun(context.parts.db, runId);
    const json = await toRunJson(context.parts.db, run);
    options.onProgress?.(progressOf(json));
    if (isFinal(run.status)) return json;
    if (performance.now() - checkedAt > checkWorkflowMs) {
      await closeEndedRun(context, run);
      const what = await waitingFor(context, run);
      if (what !== null && what !== told) options.onWaiting?.(what);
      told = what;
      checkedAt = performance.now();
    }
    await sleep(pollMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    pollMs = Math.min(slowestPollMs, pollMs * 1.5);
  }
}

function progressOf(run: RunJson): Progress {
  const { done = 0, dead = 0, waiting = 0, working = 0 } = run.partitions;
  return { status: run.status, done: done + dead, partitions: done + dead + waiting + working, totals: run.totals };
}
