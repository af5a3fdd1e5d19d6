/** A turn that one has at a time, in the order of asking. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve();

  /** A caller that is aborted before its turn rejects with the signal's reason, and its work does not begin. */
  async turn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const over = Promise.withResolvers<void>();
    this.#last = before.then(() => over.promise);
    try {
      await beforeAbort(before, signal);
      return await work();
    } finally {
      over.resolve();
    }
  }
}

async function beforeAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
