/** A signal that aborts with another one, where there is one, or when its time is over. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether it was time that ran out. */
  readonly passed: boolean;
  /** Lets go of the clock and of the other signal: to be called in the end, whatever became of the work. */
  end(): void;
}

/**
 * `AbortSignal.any` with `AbortSignal.timeout` would be kept until the time is over once anybody listens to it, and with it
 * all that the listener holds: at hundreds of fetches a second, minutes of them.
 */
export function deadline(signal: AbortSignal | undefined, ms: number): Deadline {
  const stop = new AbortController();
  let passed = false;
  const forward = () => stop.abort(signal?.reason);
  const timer = setTimeout(() => {
    passed = true;
    stop.abort(new DOMException('the time is over', 'TimeoutError'));
  }, ms);
  if (signal?.aborted === true) forward();
  else signal?.addEventListener('abort', forward, { once: true });
  return {
    signal: stop.signal,
    get passed() {
      return passed;
    },
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', forward);
    },
  };
}
