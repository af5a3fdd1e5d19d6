import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Context } from '../operations/context.ts';

const everyMs = 5_000;

/** Regularly closes the records of runs whose workflow has ended, so that no request has to look for them. */
export function closeRunsUntil(stop: AbortSignal, { looks }: Context, log: Logger): void {
  const work = async () => {
    while (!stop.aborted) {
      await looks?.closing.get().catch((error: unknown) => {
        log.debug({ error: error instanceof Error ? error.name : 'Error' }, 'ended runs are not closed now');
      });
      await sleep(everyMs, undefined, { signal: stop }).catch(() => {});
    }
  };
  void work();
}
