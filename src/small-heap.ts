import { setFlagsFromString } from 'node:v8';

/**
 * Collects garbage once the heap has grown by this share of what is in use. V8 by itself lets a process that makes many
 * short-lived objects grow to several times what it uses, the further the longer it runs. V8 reads the flag at every collection.
 */
export function keepHeapSmall(growthPercent: number): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
