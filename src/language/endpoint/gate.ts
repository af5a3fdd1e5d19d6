import { setTimeout as sleep } from 'node:timers/promises';

export interface GateOptions {
  /** Calls that are open at once. */
  readonly maxConcurrent: number;
  /** Starts of calls per minute, evenly spaced; `null`: no limit. */
  readonly callsPerMinute: number | null;
}

/**
 * The limits of one endpoint, shared by all activities of a worker. An endpoint that asks for patience is left alone by
 * all of them, so that one answer with status 429 is not followed by one for each caller.
 */
export class EndpointGate {
  readonly #options: GateOptions;
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #nextStartMs = 0;
  #quietUntilMs = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** No call starts before so many milliseconds have passed. */
  leaveAlone(ms: number): void {
    this.#quietUntilMs = Math.max(this.#quietUntilMs, performance.now() + ms);
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#open >= this.#options.maxConcurrent) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#open += 1;
    }
    try {
      await this.#turn(signal);
      return await work();
    } finally {
      // The place is handed on, so that nobody who comes later takes it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#open -= 1;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { callsPerMinute } = this.#options;
    signal.throwIfAborted();
    const now = performance.now();
    const at = Math.max(now, this.#nextStartMs);
    if (callsPerMinute !== null) this.#nextStartMs = at + 60_000 / callsPerMinute;
    for (let until = at; ; ) {
      until = Math.max(until, this.#quietUntilMs);
      const ms = until - performance.now();
      if (ms <= 0) return;
      await sleep(ms, undefined, { signal });
    }
  }
}
