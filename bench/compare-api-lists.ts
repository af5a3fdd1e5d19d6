import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { wholeView } from '../src/domain/access.ts';
import { catalogue } from '../src/jobs/index.ts';
import { createToken } from '../src/operations/access/tokens.ts';
import type { Context } from '../src/operations/context.ts';
import { runJob } from '../src/operations/runs/run.ts';
import { migrateAll } from '../src/prepare.ts';
import { connectClient } from '../src/temporal/connection.ts';
import { temporalSettings } from '../src/temporal/settings.ts';
import { fillApiDatabase, groups, pendingRuns } from './api-database.ts';
import { startServer } from './api-servers.ts';
import { load } from './http-load.ts';
import type { BenchOptions } from './options.ts';
import { type RecordedAnswer, recordAnswers } from './recorded-answers.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, quantile, ratios } from './statistics.ts';
import { databaseUrl, query } from './template.ts';

const requestsARound = 200;
const atOnce = 20;
const bareServer = fileURLToPath(new URL('./bare-api.ts', import.meta.url));
const stalePath = '/maintenance/admin/groups/stale';

/** Every list and summary, in pages of 50; `deep` is the number of a run far back. */
const paths = (deep: number) => [
  '/api/v1/overview',
  '/api/v1/collections',
  '/api/v1/runs?limit=50',
  `/api/v1/runs?limit=50&cursor=r${deep}`,
  '/api/v1/runs?limit=50&job=ttl-cleanup',
  '/api/v1/runs?limit=50&status=held',
  '/api/v1/runs?limit=50&job=upkeep&status=partial',
  '/api/v1/jobs',
  '/api/v1/jobs/ttl-cleanup',
  '/api/v1/groups?limit=50',
  '/api/v1/groups?limit=50&stale=true',
  '/api/v1/dead-letters',
  '/api/v1/holds',
  '/api/v1/leases',
  '/api/v1/schedules',
  '/api/v1/health',
  '/api/v1/background-jobs/health',
  '/api/v1/background-jobs/jobs',
  '/api/v1/background-jobs/executions/running',
  '/api/v1/background-jobs/stats/summary',
  '/metrics',
];

/** The API as a user starts it, beside a bare Fastify handler that makes the same statements and sends the same bytes. */
export async function compareApiLists(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const name = 'bench_api';
  await query(servers.postgresUrl, `create database ${name}`);
  const url = databaseUrl(servers.postgresUrl, name);
  await query(url, 'create extension vector');
  const file = join(servers.folder, 'coppice.yaml');
  const limits = { rate_limit_per_minute: 1_000_000, failed_attempts_per_minute: 1_000_000 };
  const jobs = Object.fromEntries(catalogue.map((job) => [job.id, { schedules: [] }]));
  writeFileSync(file, stringify({ jobs, api: limits, runs: { queue_size: 10_000 } }));
  const env = {
    ...process.env,
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    COPPICE_CONFIG: file,
    COPPICE_DATA_DIR: join(servers.folder, 'data'),
  };
  const config = loadConfig(env);
  const parts = await assemble(config, url, 'coppice bench');
  const client = await connectClient(temporalSettings(config.temporal, null));
  try {
    await migrateAll(parts);
    log(`Filling: ${rows} runs, ${groups} groups`);
    await fillApiDatabase(servers.postgresUrl, name, rows);
    const context: Context = { parts, namespace: 'default', requestedBy: 'bench', client: async () => client };
    log(`Starting ${pendingRuns} runs that nobody takes up`);
    for (let at = 0; at < pendingRuns; at += 1) await runJob(context, 'ttl-cleanup', {}, { preview: false });
    const asked = { name: 'bench', scope: 'read' as const, ...wholeView, expiresInDays: null };
    const { token } = await createToken(context, asked);
    const options = { context, settings: config.api, log: pino({ level: 'error' }) };
    const answers = await recordAnswers(options, token, paths(Math.floor(rows / 2)));
    return await measure(servers, env, { url, token, answers, rounds });
  } finally {
    await client.connection.close();
    await parts.close();
  }
}

interface Measuring {
  readonly url: string;
  readonly token: string;
  readonly answers: readonly RecordedAnswer[];
  readonly rounds: number;
}

async function measure(servers: Servers, env: NodeJS.ProcessEnv, measuring: Measuring): Promise<Section> {
  const { url, token, answers, rounds } = measuring;
  const file = join(servers.folder, 'answers.json');
  writeFileSync(file, JSON.stringify(answers));
  const api = await startServer(['dist/cli/main.js', 'api', '--json', '--port', '0'], env);
  const bare = await startServer([bareServer, file, url], env);
  try {
    const rows: string[][] = [];
    const worst = { p95: 0, ratio: 0 };
    for (const { path, statements } of answers) {
      const [own, other]: [number[], number[]] = [[], []];
      const cpu = { own: 0, other: 0 };
      let bytes = 0;
      for (let round = 0; round <= rounds; round += 1) {
        const before = [api.cpuMs(), bare.cpuMs()] as const;
        const mine = await load(`${api.url}${path}`, token, requestsARound, atOnce);
        const theirs = await load(`${bare.url}${path}`, token, requestsARound, atOnce);
        bytes = mine.bytes;
        // The first round warms both up.
        if (round === 0) continue;
        cpu.own += since(api.cpuMs(), before[0]);
        cpu.other += since(bare.cpuMs(), before[1]);
        own.push(quantile(mine.latencies, 0.95));
        other.push(quantile(theirs.latencies, 0.95));
      }
      const ratio = median(ratios(own, other));
      worst.p95 = Math.max(worst.p95, median(own));
      worst.ratio = Math.max(worst.ratio, ratio);
      const row = [path, String(statements.length), whole(bytes), ms(median(own)), ms(median(other)), ratio.toFixed(2)];
      for (const used of [cpu.own, cpu.other]) row.push(`${(used / (rounds * requestsARound)).toFixed(2)} ms`);
      log(row.join('  '));
      rows.push(row);
    }
    const before = api.peakBytes();
    const stale = await load(`${api.url}${stalePath}`, token, atOnce, atOnce);
    const facts: [string, string][] = [
      ['slowest p95 of a list or summary, the goal is 100 ms', ms(worst.p95)],
      ['largest ratio of p95, the goal is 1.5', worst.ratio.toFixed(2)],
      ['most memory of the API with these lists, the goal is 300 MiB', megabytes(before)],
      [
        `the same after ${stalePath} ${atOnce} times at once, ${whole(stale.bytes)} bytes each`,
        megabytes(api.peakBytes()),
      ],
      [`${stalePath}, median of these`, ms(median(stale.latencies))],
    ];
    const header = [
      'page',
      'statements',
      'bytes',
      'p95, API',
      'p95, bare handler',
      'ratio',
      'CPU a request, API',
      'bare',
    ];
    return { versions: servers.versions, header, rows, facts };
  } finally {
    await api.stop();
    await bare.stop();
  }
}

/** Not a number where the system does not tell. */
function since(now: number | null, before: number | null): number {
  return now === null || before === null ? Number.NaN : now - before;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
