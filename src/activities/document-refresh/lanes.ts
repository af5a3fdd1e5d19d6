import { setMaxListeners } from 'node:events';

/**
 * Works through a stream of items, so many at a time. The first failure stops the others and waits for them: nothing goes
 * on writing after the caller has been told.
 */
export async function inLanes<T>(
  items: AsyncGenerator<T>,
  width: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // Every call under way listens to it: more than the ten at which Node warns of a leak.
  setMaxListeners(0, either);
  const failures: unknown[] = [];
  const lane = async () => {
    try {
      for (let next = await items.next(); next.done !== true; next = await items.next()) {
        either.throwIfAborted();
        await work(next.value, either);
      }
    } catch (error) {
      failures.push(error);
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  await items.return(undefined);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
