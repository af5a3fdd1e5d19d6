import { type ActivityOptions, RetryState } from '@temporalio/common';
import { msOptionalToNumber } from '@temporalio/common/lib/time.js';
import type { Failure, Json, Resolution } from '../sdk/protocol.ts';
import type { Appointment, Timeline } from './timeline.ts';

/** The end of one attempt. `lost`: its worker is never heard of again. */
export type Ending =
  | { readonly kind: 'completed'; readonly result: Json }
  | { readonly kind: 'failed'; readonly failure: Failure & { readonly kind: 'application' } }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'lost' };

export interface Attempt {
  readonly afterMs: number;
  /** Does what the attempt does to the world, and returns how it ends. */
  readonly end: (cancelled: boolean) => Ending;
}

interface Settings {
  readonly timeline: Timeline;
  readonly options: ActivityOptions;
  readonly perform: (attempt: number) => Attempt;
  readonly settled: (resolution: Resolution, attempts: number) => void;
  /** How long a request to cancel takes to reach the worker. */
  readonly cancelDelayMs: () => number;
}

/** An activity on the server: attempts, time-outs and the pauses between them. */
export class ActivityRun {
  readonly #settings: Settings;
  readonly #scheduledAtMs: number;
  #attempts = 0;
  #next: Appointment | null = null;
  #current: Attempt | null = null;
  #cancelRequested = false;
  /** Its worker is lost, and the server does not know yet. */
  #lost = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#scheduledAtMs = settings.timeline.nowMs;
    this.#begin();
  }

  requestCancel(): void {
    this.#cancelRequested = true;
    if (this.#next === null || this.#lost) return;
    const current = this.#current;
    // Between two attempts the server answers by itself.
    if (current === null) {
      this.#next.cancelled = true;
      this.#settle({ kind: 'cancelled' }, RetryState.CANCEL_REQUESTED);
      return;
    }
    const delayMs = this.#settings.cancelDelayMs();
    if (this.#settings.timeline.nowMs + delayMs >= this.#next.atMs) return;
    this.#next.cancelled = true;
    this.#in(delayMs, () => this.#end(current.end(true)));
  }

  #begin(): void {
    this.#attempts += 1;
    const attempt = this.#settings.perform(this.#attempts);
    this.#current = attempt;
    this.#in(attempt.afterMs, () => this.#end(attempt.end(false)));
  }

  #end(ending: Ending) {
    this.#current = null;
    const { options } = this.#settings;
    if (ending.kind === 'completed') return this.#done({ kind: 'completed', result: ending.result });
    if (ending.kind === 'failed') return this.#failed(ending.failure);
    if (ending.kind === 'cancelled') return this.#settle({ kind: 'cancelled' }, RetryState.CANCEL_REQUESTED);
    const heartbeatMs = msOptionalToNumber(options.heartbeatTimeout);
    const lostAfterMs = heartbeatMs ?? msOptionalToNumber(options.startToCloseTimeout) ?? 0;
    this.#lost = true;
    this.#in(lostAfterMs, () => {
      this.#lost = false;
      this.#failed({ kind: 'timeout', timeout: heartbeatMs === undefined ? 'START_TO_CLOSE' : 'HEARTBEAT' });
    });
  }

  #failed(failure: Failure) {
    const { timeline, options } = this.#settings;
    if (failure.kind === 'application' && failure.nonRetryable) {
      return this.#settle(failure, RetryState.NON_RETRYABLE_FAILURE);
    }
    if (this.#cancelRequested) return this.#settle(failure, RetryState.CANCEL_REQUESTED);
    const { maximumAttempts, initialInterval, backoffCoefficient = 2, maximumInterval } = options.retry ?? {};
    if (maximumAttempts !== undefined && this.#attempts >= maximumAttempts) {
      return this.#settle(failure, RetryState.MAXIMUM_ATTEMPTS_REACHED);
    }
    const firstMs = msOptionalToNumber(initialInterval) ?? 1000;
    const longestMs = msOptionalToNumber(maximumInterval) ?? firstMs * 100;
    const pauseMs = Math.min(longestMs, firstMs * backoffCoefficient ** (this.#attempts - 1));
    const limitMs = msOptionalToNumber(options.scheduleToCloseTimeout);
    if (limitMs !== undefined && timeline.nowMs + pauseMs >= this.#scheduledAtMs + limitMs) {
      return this.#settle(failure, RetryState.TIMEOUT);
    }
    this.#in(pauseMs, () => this.#begin());
  }

  #in(delayMs: number, act: () => void): void {
    this.#next = this.#settings.timeline.in(delayMs, act);
  }

  #settle(failure: Failure, retryState: RetryState): void {
    this.#done({ kind: 'failed', failure, retryState });
  }

  #done(resolution: Resolution): void {
    this.#next = null;
    this.#settings.settled(resolution, this.#attempts);
  }
}
