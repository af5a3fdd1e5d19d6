/** The reason why a piece of work ended before it was done. */
export type Stop = { readonly why: 'late' } | { readonly why: 'aborted'; readonly reason: unknown };

/**
 * Work that ends in time: when the deadline has passed or the signal says so, `stop` is told to give it up and the promise
 * rejects with what `stop` makes of it, whatever the work does afterwards.
 */
export async function inTime<T>(
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
  stop: (stop: Stop) => unknown,
): Promise<T> {
  const { timeoutMs, signal } = limits;
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let forward: (() => void) | undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(stop({ why: 'late' })), timeoutMs);
    forward = () => reject(stop({ why: 'aborted', reason: signal?.reason }));
    signal?.addEventListener('abort', forward, { once: true });
  });
  const working = work();
  // Given up, it may still fail: nobody waits for that any more.
  working.catch(() => {});
  try {
    return await Promise.race([working, stopped]);
  } finally {
    clearTimeout(timer);
    if (forward !== undefined) signal?.removeEventListener('abort', forward);
  }
}
