import { setMaxListeners } from 'node:events';

/**
 * Runs `work` over the items, at most `width` at a time, and keeps the order. The first failure aborts what is under
 * way and waits for it, so that nothing goes on writing after the caller has been told.
 */
export async function mapPool<In, Out>(
  items: readonly In[],
  width: number,
  signal: AbortSignal | undefined,
  work: (item: In, signal: AbortSignal) => Promise<Out>,
): Promise<Out[]> {
  const stop = new AbortController();
  // Every call under way listens to it: more than the ten at which Node warns of a leak.
  setMaxListeners(0, stop.signal);
  const forward = () => stop.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener('abort', forward, { once: true });
  const results: Out[] = [];
  const queue = items.entries();
  let failure: { error: unknown } | null = null;
  const lane = async () => {
    for (const [index, item] of queue) {
      if (stop.signal.aborted) return;
      try {
        results[index] = await work(item, stop.signal);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  } finally {
    signal?.removeEventListener('abort', forward);
  }
  rethrow(failure);
  signal?.throwIfAborted();
  return results;
}

function rethrow(failure: { error: unknown } | null): void {
  if (failure) throw failure.error;
}
