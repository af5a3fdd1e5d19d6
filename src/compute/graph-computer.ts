import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { GraphProgress, GraphResult, GraphTask } from './graph-task.ts';

const IDLE_TIMEOUT_MS = 30_000;

/** V8's own bound follows the machine's memory: a thread that computes small graphs for long would fill 128 MB with garbage. */
const maxYoungGenerationSizeMb = 16;

export interface ComputeOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GraphProgress) => void;
}

export interface GraphComputer {
  /**
   * Computes on a thread of its own, waiting for one where all are taken. The arrays of the task's edge list go over to
   * that thread: they are empty here afterwards. An abort ends the thread at once, in the middle of whatever it does, and
   * rejects with the signal's reason.
   */
  run(task: GraphTask, options?: ComputeOptions): Promise<GraphResult>;
  /** The same of many small graphs, one after the other on one thread: what a graph costs by itself is paid once. */
  runAll(tasks: readonly GraphTask[], options?: ComputeOptions): Promise<GraphResult[]>;
  /** Ends all threads; what still runs is rejected. */
  close(): Promise<void>;
}

/** Threads are started when there is work for them, and end when there has been none for half a minute. */
export function createGraphComputer(options: { readonly threads: number }): GraphComputer {
  const pool = new Piscina({
    filename: fileURLToPath(new URL(`./graph-task-child${extname(import.meta.url)}`, import.meta.url)),
    minThreads: 0,
    maxThreads: options.threads,
    idleTimeout: IDLE_TIMEOUT_MS,
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  async function runAll(tasks: readonly GraphTask[], { signal, onProgress }: ComputeOptions = {}) {
    signal?.throwIfAborted();
    const { port1: ours, port2: port } = new MessageChannel();
    ours.on('message', (progress: GraphProgress) => onProgress?.(progress));
    const arrays = tasks.flatMap(({ list }) => [list.sources.buffer, list.targets.buffer, list.weights.buffer]);
    try {
      const options = { transferList: [...arrays, port], signal: signal ?? null };
      const results: GraphResult[] = await pool.run({ tasks, port }, options);
      for (const progress of waiting(ours)) onProgress?.(progress);
      return results;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      ours.close();
    }
  }
  return {
    runAll,
    run: async (task, options) => {
      const [result] = await runAll([task], options);
      if (result === undefined) throw new Error('every task has a result');
      return result;
    },
    close: () => pool.destroy(),
  };
}

/** The result may overtake the last progress, which then waits in the port. */
function* waiting(port: MessagePort): Generator<GraphProgress> {
  for (;;) {
    const received: { message: GraphProgress } | undefined = receiveMessageOnPort(port);
    if (received === undefined) return;
    yield received.message;
  }
}
