import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { withFilledApi } from './api-place.ts';
import { startServer } from './api-servers.ts';
import { load } from './http-load.ts';
import type { BenchOptions } from './options.ts';
import { type RecordedAnswer, recordAnswers } from './recorded-answers.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, quantile, ratios } from './statistics.ts';

const requestsARound = 200;
const atOnce = 20;
const bareServer = fileURLToPath(new URL('./bare-api.ts', import.meta.url));
const stalePath = '/maintenance/admin/groups/stale';

/** Requests with a time of their own share no computation: each client asks for a page of its own. */
function sinceOf(client: number): string {
  return `2000-01-01T00:00:${String(client).padStart(2, '0')}Z`;
}

/** Every list and summary, in pages of 50; `deep` is the number of a run far back. */
const paths = (deep: number) => [
  '/api/v1/overview',
  '/api/v1/collections',
  '/api/v1/runs?limit=50',
  `/api/v1/runs?limit=50&cursor=r${deep}`,
  '/api/v1/runs?limit=50&job=ttl-cleanup',
  '/api/v1/runs?limit=50&status=held',
  '/api/v1/runs?limit=50&job=upkeep&status=partial',
  `/api/v1/runs?limit=50&since=${sinceOf(0)}`,
  `/api/v1/runs?limit=50&status=held&since=${sinceOf(0)}`,
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
  return withFilledApi(servers, rows, async ({ context, env, url, token }) => {
    const options = { context, settings: context.parts.config.api, log: pino({ level: 'error' }) };
    const answers = await recordAnswers(options, token, paths(Math.floor(rows / 2)));
    return measure(servers, env, { url, token, answers, rounds });
  });
}

function pathOf(path: string, client: number): string {
  return path.replace(sinceOf(0), sinceOf(client));
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
        const mine = await load((client) => api.url + pathOf(path, client), token, requestsARound, atOnce);
        const theirs = await load(() => bare.url + path, token, requestsARound, atOnce);
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
    const stale = await load(() => api.url + stalePath, token, atOnce, atOnce);
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
