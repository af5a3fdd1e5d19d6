import pg from 'pg';
import { chunkText } from '../src/domain/chunks/chunk-text.ts';
import { documentRefresh } from '../src/jobs/document-refresh.ts';
import { embedText } from '../src/language/built-in-embedder.ts';
import { throughCoppice } from './coppice.ts';
import { startLatencySite } from './latency-site.ts';
import type { BenchOptions } from './options.ts';
import { inRefreshDatabase, workspaces } from './refresh-database.ts';
import { megabytes, type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';

export const latencyMs = 50;
const fetchesAtOnce = documentRefresh.parameters.fetches_at_once.default;

/** Pages a second beside a bare loop that is as wide. */
export async function compareRefreshWithBareLoop(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const site = await startLatencySite(latencyMs);
  const refreshable = { rows, baseUrl: `http://127.0.0.1:${site.port}` };
  const speed = { bare: [] as number[], ours: [] as number[] };
  const memory: number[] = [];
  const bare = async () => {
    speed.bare.push((rows / (await inRefreshDatabase(servers, refreshable, bareLoop))) * 1000);
  };
  const ours = async () => {
    const run = await inRefreshDatabase(servers, refreshable, (url) => refreshThrough(servers, url, site.port));
    if (run.documents !== rows) throw new Error(`${run.documents} documents were refreshed, not ${rows}`);
    speed.ours.push((rows / run.ms) * 1000);
    if (run.workerBytes !== null) memory.push(run.workerBytes);
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      // The second contestant finds the machine warmer, or busier.
      for (const contestant of round % 2 === 1 ? [bare, ours] : [ours, bare]) await contestant();
      log(`round ${round}: bare ${whole(speed.bare.at(-1) ?? 0)}, ours ${whole(speed.ours.at(-1) ?? 0)} pages/s`);
    }
  } finally {
    await site.stop();
  }
  return {
    versions: servers.versions,
    header: ['pages', 'contestant', 'pages/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [whole(rows), 'bare fetch-cut-embed-write loop', ...speeds(speed.bare), shares(ratios(speed.ours, speed.bare))],
      [whole(rows), 'Coppice through Temporal', ...speeds(speed.ours), ''],
    ],
    facts: [
      [`fetches at once, of either; each answered after ${latencyMs} ms`, String(workspaces * fetchesAtOnce)],
      ["worker's peak memory", megabytes(memory.length === 0 ? null : Math.max(...memory))],
    ],
  };
}

/** A run on documents of the latency site. */
export function refreshThrough(servers: Servers, databaseUrl: string, port: number, sources: object = {}) {
  return throughCoppice(servers, databaseUrl, {
    job: 'document-refresh',
    counts: 'refreshed_documents',
    settings: { sources: { allow: ['127.0.0.1'], ports: [port], host_concurrency: 64, host_delay_ms: 0, ...sources } },
  });
}

/**
 * The loop of a good script: fetches kept busy, connections kept open, a transaction for each page. No retries, no
 * politeness, no look at what has shrunk, no record. Returns its time in ms.
 */
async function bareLoop(url: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // The database is dropped while the last connection is still on its way out.
  pool.on('error', () => {});
  const { rows } = await pool.query<{ id: string; url: string }>('select id, url from knowledge.documents order by id');
  const startedAt = performance.now();
  const queue = rows.values();
  const lane = async () => {
    for (const document of queue) {
      const text = await (await fetch(document.url)).text();
      const chunks = chunkText(text).map((chunk) => ({
        text: chunk.text,
        vector: JSON.stringify(embedText(chunk.text)),
      }));
      const client = await pool.connect();
      await client.query('begin');
      await client.query(
        `update knowledge.documents set content = $2, fetched_at = now(), expires_at = now() + interval '60 days' where id = $1`,
        [document.id, text],
      );
      await client.query('delete from knowledge.chunks where document_id = $1', [document.id]);
      await client.query(
        `insert into knowledge.chunks select (row_number() over ())::text, $1, t, v::vector
          from unnest($2::text[], $3::text[]) n(t, v)`,
        [document.id, chunks.map((chunk) => chunk.text), chunks.map((chunk) => chunk.vector)],
      );
      await client.query('commit');
      client.release();
    }
  };
  await Promise.all(Array.from({ length: workspaces * fetchesAtOnce }, lane));
  const ms = performance.now() - startedAt;
  await pool.end();
  return ms;
}
