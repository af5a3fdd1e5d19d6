import pg from 'pg';
import { chunkText } from '../src/domain/chunks/chunk-text.ts';
import { embedText } from '../src/language/built-in-embedder.ts';
import { createDatabase } from '../tools/servers/database.ts';
import { throughCoppice } from './coppice.ts';
import { startLatencySite } from './latency-site.ts';
import type { Bench, BenchOptions } from './options.ts';
import { megabytes, print, type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers, withServers } from './servers.ts';
import { ratios } from './statistics.ts';
import { writeSection } from './write-docs.ts';

const latencyMs = 50;
const workspaces = 3;
const fetchesAtOnce = 8;
const usualRows = 3_000;

export const documentRefreshBench: Bench = {
  name: 'document-refresh',
  title: `N documents fetched again from a site that answers after ${latencyMs} ms, against a bare loop as wide`,
  usage: `npm run bench -- document-refresh [--rows ${usualRows}] [--rounds 7] [--write]`,
  async run(given) {
    const rows = given.rows ?? usualRows;
    const section = await withServers((servers) => compare(servers, { ...given, rows }));
    print(section);
    const command = `npm run bench -- document-refresh --rows ${rows} --rounds ${given.rounds} --write`;
    if (given.write) writeSection('document-refresh', command, section);
  },
};

async function compare(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const site = await startLatencySite(latencyMs);
  const speed = { bare: [] as number[], ours: [] as number[] };
  const memory: number[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      speed.bare.push(await inDatabase(servers, site.port, rows, (url) => bareLoop(url)));
      speed.ours.push(
        await inDatabase(servers, site.port, rows, async (url) => {
          const run = await throughCoppice(servers, url, {
            job: 'document-refresh',
            counts: 'refreshed_documents',
            settings: {
              sources: { allow: ['127.0.0.1'], ports: [site.port], host_concurrency: 64, host_delay_ms: 0 },
            },
          });
          if (run.documents !== rows) throw new Error(`${run.documents} documents were refreshed, not ${rows}`);
          if (run.workerBytes !== null) memory.push(run.workerBytes);
          return run.ms;
        }),
      );
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
      ['documents at work at once, of either', String(workspaces * fetchesAtOnce)],
      ["worker's peak memory", megabytes(memory.length === 0 ? null : Math.max(...memory))],
    ],
  };
}

/** Pages a second of `work` on a database of its own, whose documents are all near their end. */
async function inDatabase(
  { postgresUrl }: Servers,
  port: number,
  rows: number,
  work: (url: string) => Promise<number>,
): Promise<number> {
  const database = await createDatabase(postgresUrl);
  const client = new pg.Client({ connectionString: database.url });
  try {
    await client.connect();
    await client.query('create extension if not exists vector; create schema knowledge');
    await client.query(`create table knowledge.documents (id text primary key, workspace text, url text, title text,
      content text, content_hash text, quality real, fetched_at timestamptz, expires_at timestamptz)`);
    await client.query(`create table knowledge.chunks (id text not null, document_id text not null
      references knowledge.documents (id), text text, embedding vector, primary key (document_id, id))`);
    await client.query(
      `insert into knowledge.documents select 'd' || n, 'w' || n % $3, $1 || '/' || n, 'old', 'old text', 'old', 0.5, now(),
        now() + interval '1 day' from generate_series(1, $2::int) n`,
      [`http://127.0.0.1:${port}`, rows, workspaces],
    );
    return (rows / (await work(database.url))) * 1000;
  } finally {
    await client.end();
    await database.drop();
  }
}

/** What a script would do: no retries, no politeness, no record, a transaction for each page. */
async function bareLoop(url: string): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
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
