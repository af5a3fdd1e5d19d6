import cliProgress from 'cli-progress';
import { itemsIn } from '../domain/run.ts';
import type { Progress } from '../operations/wait.ts';

/** A bar on standard error while a person waits in a terminal; nothing in a pipe. */
export function createProgress(json: boolean) {
  const shown = process.stderr.isTTY === true && !json;
  let bar: cliProgress.SingleBar | null = null;
  return {
    show: (progress: Progress) => {
      if (!shown || progress.partitions === 0) return;
      const payload = { rows: itemsIn(progress.totals) };
      if (bar === null) {
        bar = new cliProgress.SingleBar({
          format: '{bar} {value}/{total} partitions, {rows} documents',
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
        });
        bar.start(progress.partitions, progress.done, payload);
      }
      bar.setTotal(progress.partitions);
      bar.update(progress.done, payload);
    },
    stop: () => bar?.stop(),
  };
}

/** A count on standard error while a file of unknown length is read. */
export function createCounter(json: boolean) {
  const shown = process.stderr.isTTY === true && !json;
  return {
    show: ({ lines, loaded }: { readonly lines: number; readonly loaded: number }) => {
      if (shown) process.stderr.write(`\r${lines} lines read, ${loaded} documents loaded`);
    },
    stop: () => {
      if (shown) process.stderr.write('\r\u001b[K');
    },
  };
}
