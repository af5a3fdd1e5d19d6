import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { quantile } from './statistics.ts';

/** So that the reader itself is no load. */
const pauseMs = 2;

/**
 * An application that reads single documents by their key while the work goes on: ids that exist, in a fixed order.
 * Returns the 99th percentile of its latencies in ms.
 */
export async function readerDuring(url: string, rows: number, work: () => Promise<unknown>): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const latencies: number[] = [];
  let ended = false;
  const done = work().finally(() => {
    ended = true;
  });
  try {
    for (let n = 1; !ended; n = ((n + 7919) % rows) + 1) {
      const startedAt = performance.now();
      const text = 'select title, content from knowledge.documents where id = md5($1)';
      await client.query({ name: 'read', text, values: [String(n)] });
      latencies.push(performance.now() - startedAt);
      await delay(pauseMs);
    }
    await done;
    return quantile(latencies, 0.99);
  } finally {
    await client.end();
  }
}
