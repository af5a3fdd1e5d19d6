import { readFileSync } from 'node:fs';
import pg from 'pg';

/**
 * The database of commit 275dc0c, dumped with `pg_dump --inserts`, and what its open workflow hands to its continuation.
 * Six documents (`removed…`) are in the ledger of a run that succeeded, a run over sixty (`held…`) is held, and the worker
 * of a run over nine (`open…`) was killed after the first of its three partitions.
 */
const read = (name: string, installation: string) =>
  readFileSync(new URL(`../upgrades/0.1.0-275dc0c${name}`, import.meta.url), 'utf8').replaceAll(dumped, installation);
const dumped = 'c20c2614';
const dumpedAt = Date.parse('2026-11-29T00:00:00Z');
const dayMs = 86_400_000;

/** Moves every point in time by whole days, so that the dump is always less than a day old. */
function ofToday(text: string): string {
  const days = Math.floor((Date.now() - dumpedAt) / dayMs);
  return text.replace(/\b20\d\d-\d\d-\d\d(?=[ T]\d\d:|')/g, (day) =>
    new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10),
  );
}

/** Task queue and workflow ids are named after the installation: suites that share a server have one each. */
export async function restoreFirstRelease(databaseUrl: string, installation = dumped): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(ofToday(read('.sql', installation)));
  } finally {
    await client.end();
  }
}

/** The workflow that was open, as its worker left it. */
// biome-ignore lint/suspicious/noExplicitAny: the input of a workflow of an earlier release.
export function openRunOfFirstRelease(installation = dumped): any {
  return JSON.parse(ofToday(read('-open-run.json', installation)));
}
