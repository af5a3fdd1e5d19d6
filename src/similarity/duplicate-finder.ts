import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { DuplicateTask } from './duplicate-task.ts';
import type { FoundDuplicates } from './find-duplicates.ts';

const idleTimeoutMs = 30_000;

export interface DuplicateFinder {
  /**
   * Finds and decides the duplicates of one group on a thread of its own: the caller's event loop stays free. An abort ends
   * the thread at once. The vectors stay with the caller, which may still read them.
   */
  find(task: DuplicateTask, signal?: AbortSignal): Promise<FoundDuplicates[]>;
  close(): Promise<void>;
}

/** Threads start when there is work for them. `threads`: of each search. */
export function createDuplicateFinder({ threads }: { readonly threads: number }): DuplicateFinder {
  const pool = new Piscina({
    filename: fileURLToPath(new URL(`./duplicate-task-child${extname(import.meta.url)}`, import.meta.url)),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: idleTimeoutMs,
    workerData: threads,
  });
  return {
    find: async (task, signal) => {
      try {
        const found: FoundDuplicates[] = await pool.run(task, { signal: signal ?? null });
        return found;
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}
