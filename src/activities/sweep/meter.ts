import type { WorkerUsage } from '../../domain/run.ts';

const sampleMs = 250;

interface Reading {
  /** Activities of the run that this process works on now. */
  open: number;
  readonly beganMs: number;
  readonly cpu: NodeJS.CpuUsage;
  peakBytes: number;
}

/**
 * Cost of runs in this process: memory and CPU time, sampled while it works on them. The process is the measure, since
 * neither can be told apart within it: two runs at once are each shown what both took. Activities of one run that
 * overlap are one stretch of work, kept with the record when the last of them ends: nothing is written for a batch.
 */
export class Meter {
  readonly #runs = new Map<string, Reading>();
  readonly #keep: (runId: string, usage: WorkerUsage) => Promise<void>;
  #timer: NodeJS.Timeout | null = null;

  constructor(keep: (runId: string, usage: WorkerUsage) => Promise<void>) {
    this.#keep = keep;
  }

  /** Measures while the work goes on. Settles as the work settles. */
  async during<T>({ runId }: { readonly runId: string }, work: () => Promise<T>): Promise<T> {
    const reading = this.#enter(runId);
    try {
      return await work();
    } finally {
      await this.#leave(runId, reading);
    }
  }

  #enter(runId: string): Reading {
    const begun = { open: 0, beganMs: performance.now(), cpu: process.cpuUsage(), peakBytes: 0 };
    const reading = this.#runs.get(runId) ?? begun;
    reading.open += 1;
    this.#runs.set(runId, reading);
    this.#timer ??= setInterval(() => this.#sample(), sampleMs).unref();
    this.#sample();
    return reading;
  }

  async #leave(runId: string, reading: Reading): Promise<void> {
    this.#sample();
    reading.open -= 1;
    if (reading.open > 0) return;
    this.#runs.delete(runId);
    if (this.#runs.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    const { user, system } = process.cpuUsage(reading.cpu);
    await this.#keep(runId, {
      peak_memory_bytes: reading.peakBytes,
      cpu_ms: Math.round((user + system) / 1000),
      worked_ms: Math.round(performance.now() - reading.beganMs),
    });
  }

  #sample(): void {
    const bytes = process.memoryUsage.rss();
    for (const reading of this.#runs.values()) reading.peakBytes = Math.max(reading.peakBytes, bytes);
  }
}
