import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Context } from '../operations/context.ts';
import { closing } from '../operations/runs/close-ended.ts';

const everyMs = 5_000;

/** Regularly closes the records of runs whose workflow has ended, so that no request has to look for them. */
export function closeRunsUntil(stop: AbortSignal, context: Context, log: Logger): void {
  const work = async () => {
    while (!stop.aborted) {
      await closing.get(context).catch((error: unknown) => {
        log.debug({ error: error instanceof Error ? error.name : 'Error' }, 'ended runs are not closed now');
      });
      await sleep(everyMs, undefined, { signal: stop }).catch(() => {});
    }
  };
  void work();
}
