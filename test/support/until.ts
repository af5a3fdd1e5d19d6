import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the condition yields something, or fails with what was waited for. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | null | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false && value !== 0) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(50);
  }
}
