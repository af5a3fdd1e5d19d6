import { latencyMs, refreshThrough } from './compare-refresh-bare.ts';
import { largeBytes, largePath, startLatencySite } from './latency-site.ts';
import type { BenchOptions } from './options.ts';
import { inRefreshDatabase } from './refresh-database.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';

const largePages = 9;
const mebibyte = 2 ** 20;
const raised = 64 * mebibyte;

/** Most memory that the worker ever holds: of many documents as of a tenth of them, and of pages that are very large. */
export async function compareRefreshMemory(servers: Servers, { rows }: BenchOptions): Promise<Section> {
  const site = await startLatencySite(latencyMs);
  const url = `http://127.0.0.1:${site.port}`;
  const table: string[][] = [];
  const measure = async (what: string, count: number, path: string, sources: object, refreshed: number) => {
    const run = await inRefreshDatabase(servers, { rows: count, baseUrl: url + path }, (databaseUrl) =>
      refreshThrough(servers, databaseUrl, site.port, sources),
    );
    if (run.documents !== refreshed) throw new Error(`${run.documents} documents were refreshed, not ${refreshed}`);
    const line = [whole(count), what, megabytes(run.workerBytes)];
    table.push(line);
    log(`${line.join(' | ')} | ${whole(run.ms / 1000)} s`);
  };
  const large = `pages of ${megabytes(largeBytes)}`;
  const tenth = Math.ceil(rows / 10);
  try {
    await measure('pages of 6 kB', tenth, '', {}, tenth);
    await measure('pages of 6 kB', rows, '', {}, rows);
    await measure(`${large}, \`max_bytes\` as it is: refused`, largePages, largePath, {}, 0);
    await measure(`${large}, \`max_bytes\` ${raised}`, 1, largePath, { max_bytes: raised }, 1);
    await measure(`${large}, \`max_bytes\` ${raised}`, largePages, largePath, { max_bytes: raised }, largePages);
  } finally {
    await site.stop();
  }
  return {
    versions: servers.versions,
    header: ['documents', 'of', "worker's peak memory"],
    rows: table,
    facts: [],
  };
}
