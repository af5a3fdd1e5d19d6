import { Worker, type WorkerOptions } from '@temporalio/worker';

/** The workers of one process, of which each polls a task queue of its own. */

/** Creates all of them, or none. */
export async function createWorkers(wanted: readonly WorkerOptions[]): Promise<Worker[]> {
  const workers: Worker[] = [];
  try {
    for (const options of wanted) workers.push(await Worker.create(options));
    return workers;
  } catch (error) {
    await discardWorkers(workers);
    throw error;
  }
}

/** A worker that was created keeps the process alive until it has run and ended. */
export async function discardWorkers(workers: readonly Worker[]): Promise<void> {
  const ends = workers.map((worker) => worker.run());
  endWorkers(workers);
  await Promise.allSettled(ends);
}

export function endWorkers(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

/** When one of them fails, the others stop too. */
export async function runTogether(workers: readonly Worker[], shutDown: () => void): Promise<void> {
  const ends = workers.map((worker) =>
    worker.run().catch((error: unknown) => {
      shutDown();
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(ends)).find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
