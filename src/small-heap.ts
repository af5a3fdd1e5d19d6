import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Collects garbage once the heap has grown by this share of what is in use. V8 by itself lets a process that makes many
 * short-lived objects grow to several times what it uses, the further the longer it runs. V8 reads the flag at every collection.
 */
export function keepHeapSmall(growthPercent: number): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}

/**
 * Lets the space for new objects grow up to this size, or one step beyond it. V8 by itself lets it become 128 MiB, which a
 * server keeps for as long as it is busy. The option that limits the space is read at the start of a process only; the factor
 * by which it grows is read whenever it would grow.
 */
export function limitNewSpace(bytes: number): void {
  let limited = false;
  new PerformanceObserver(() => {
    // V8 makes the space of an idle server smaller; it may grow again then.
    const isFull = newSpaceBytes() >= bytes;
    if (isFull === limited) return;
    limited = isFull;
    setFlagsFromString(`--semi-space-growth-factor=${limited ? 1 : 2}`);
  }).observe({ entryTypes: ['gc'] });
}

function newSpaceBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;
}
