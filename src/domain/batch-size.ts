/** How long a batch should take: short enough to hold no lock for long, long enough that its overhead disappears. */
export const targetBatchMs = 250;
const smallest = 10;
const largest = 20_000;

/** The next batch's size after one of `rows` rows took `elapsedMs`: towards the target, at most doubled or halved. */
export function nextBatchSize(current: number, rows: number, elapsedMs: number): number {
  if (rows === 0) return current;
  const ideal = (rows * targetBatchMs) / Math.max(1, elapsedMs);
  const bounded = Math.min(current * 2, Math.max(current / 2, ideal));
  return Math.round(Math.min(largest, Math.max(smallest, bounded)));
}
