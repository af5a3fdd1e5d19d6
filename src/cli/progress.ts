import { itemsIn } from '../domain/run.ts';
import { sweepJobOf } from '../jobs/index.ts';
import type { Progress } from '../operations/runs/wait.ts';

/** Overwrites one line of standard error where that is a terminal; writes nothing in a pipe or under `--json`. */
function createLine(json: boolean) {
  const shown = process.stderr.isTTY === true && !json;
  return {
    write: (text: string) => {
      if (shown) process.stderr.write(`\r\u001b[K${text}`);
    },
    clear: () => {
      if (shown) process.stderr.write('\r\u001b[K');
    },
  };
}

const barWidth = 40;

/** A progress bar while a person waits for a run. */
export function createProgress(json: boolean, job: string) {
  const line = createLine(json);
  const counted = sweepJobOf(job);
  return {
    show: ({ partitions, done, totals }: Progress) => {
      if (partitions === 0) return;
      const filled = Math.round((barWidth * Math.min(done, partitions)) / partitions);
      const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
      line.write(
        `${bar} ${done}/${partitions} partitions, ${itemsIn(totals, counted?.counts ?? null)} ${counted?.item.many ?? 'items'}`,
      );
    },
    stop: line.clear,
  };
}

/** A count while a file of unknown length is read. */
export function createCounter(json: boolean) {
  const line = createLine(json);
  return {
    show: ({ lines, loaded }: { readonly lines: number; readonly loaded: number }) => {
      line.write(`${lines} lines read, ${loaded} documents loaded`);
    },
    stop: line.clear,
  };
}
