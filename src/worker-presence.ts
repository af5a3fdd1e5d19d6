import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Db } from './database/schema.ts';
import { forgetWorkers, noteStopped, noteWorker, type WorkerNote } from './state/installation/workers.ts';

const everyMs = 3_000;

/** A name that no other worker has, so that what one tells of itself is never taken for another. */
export function workerIdentity(): string {
  return `${process.pid}@${hostname()}-${randomUUID().slice(0, 8)}`;
}

export interface Presence {
  stop(): Promise<void>;
}

/** Tells at once and then regularly that the worker lives, until `stop`. A store that fails costs the news alone. */
export async function tellPresence(db: Db, worker: WorkerNote, log: Logger): Promise<Presence> {
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      log.debug(
        { error: error instanceof Error ? error.name : 'Error' },
        'the presence of this worker is not recorded',
      );
    }
  };
  let telling: Promise<void> | null = attempt(async () => {
    await forgetWorkers(db);
    await noteWorker(db, worker);
  });
  await telling;
  telling = null;
  const timer = setInterval(() => {
    telling ??= attempt(() => noteWorker(db, worker)).finally(() => {
      telling = null;
    });
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await telling;
      await attempt(() => noteStopped(db, worker.identity));
    },
  };
}
