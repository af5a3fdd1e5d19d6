/** Loaded into a worker or API before anything else: appends what its process holds to a file, every ten seconds. */
import { appendFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

function gauge(): void {
  // Only memory that a collection leaves is held; the heap before it depends on when the last one was.
  if (typeof collectGarbage === 'function') collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((one) => one === 'Timeout' || one === 'Immediate').length;
  const files = readdirSync('/proc/self/fd').length;
  const values = { rss, heap: heapUsed + external, timers, handles: resources.length - timers, files };
  appendFileSync(`${process.env.SOAK_GAUGES}`, `${JSON.stringify({ at_ms: Date.now(), ...values })}\n`);
}

// Threads and child processes inherit the flag, and are part of the memory that their process holds.
if (isMainThread && process.env.SOAK_GAUGES !== undefined) setInterval(gauge, 10_000).unref();
