import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { wholeView } from '../../src/domain/access.ts';
import { catalogue } from '../../src/jobs/index.ts';
import { createToken } from '../../src/operations/access/tokens.ts';
import { Crew } from '../chaos/harness/crew.ts';
import { tolerant } from '../chaos/harness/scene.ts';
import { type ApiProcess, startApiProcess } from '../support/api-process.ts';
import { deadLetters, keepDeadLetters } from './dead-letters.ts';
import { disturbances, openLines } from './disturbances.ts';
import { Feed } from './feed.ts';
import { OutsideGauges, processGauges } from './gauges.ts';
import type { SoakOptions } from './options.ts';
import { openPlace, type Place } from './place.ts';
import { markdown, measured, resultJson, type SoakResult, writeSoak } from './report.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);
const sampleEveryMs = 10_000;
const feedEveryMs = 3_000;
const disturbEveryMs = 25_000;
/** After the last fault, runs that are under way have so long to end. */
const quietMs = 60_000;

/** Runs all jobs on all stores for as long as was asked for, and returns the process's exit code. */
export async function soak(options: SoakOptions): Promise<number> {
  say('starting the servers');
  const place = await openPlace(options);
  try {
    const result = await work(place, options);
    process.stdout.write(`${options.json ? JSON.stringify(resultJson(result), null, 2) : markdown(result)}\n`);
    if (options.write) writeSoak(options, result);
    return result.problems.length === 0 ? 0 : 1;
  } finally {
    await place.close();
  }
}

async function work(place: Place, options: SoakOptions): Promise<SoakResult> {
  const { installation, folder } = place;
  const { parts, client, id } = installation;
  const preload = new URL('./gauge-preload.ts', import.meta.url).href;
  const gaugeFile = (name: string) => join(folder, `${name}.jsonl`);
  const gauged = (name: string) => ({ NODE_OPTIONS: `--import ${preload}`, SOAK_GAUGES: gaugeFile(name) });

  const lines = await openLines(place);
  const crew = new Crew(installation);
  const steady = await crew.start({ env: { ...lines.env, ...gauged('worker') } });
  await crew.start();
  const api = await startApiProcess({ ...installation.env, ...gauged('api') });
  const asked = { name: 'soak', scope: 'admin' as const, ...wholeView, expiresInDays: 1 };
  const { token } = await createToken(installation.context, asked);
  await keepDeadLetters(parts.db);
  const feed = new Feed(place);
  await feed.open();

  const beganAtMs = Date.now();
  const endsAtMs = beganAtMs + options.minutes * 60_000;
  const outside = new OutsideGauges(client, parts.db, id, beganAtMs);
  const faults: Record<string, number> = {};
  const repeat = async (everyMs: number, untilMs: number, act: () => Promise<void>) => {
    while (Date.now() < untilMs) {
      await act();
      await sleep(everyMs);
    }
  };
  const plan = disturbances(place, crew, steady, lines);
  let next = 0;
  say(`${options.minutes} minutes begin: ${catalogue.length} jobs, each every ${options.everySeconds} seconds`);
  await Promise.all([
    repeat(feedEveryMs, endsAtMs, () => feed.round()),
    repeat(sampleEveryMs, endsAtMs, () => outside.sample()),
    repeat(1_000, endsAtMs, () => look(api, token)),
    repeat(disturbEveryMs, endsAtMs - Math.min(quietMs, options.minutes * 20_000), async () => {
      const disturbance = plan[next % plan.length];
      next += 1;
      if (disturbance === undefined) return;
      await disturbance.strike();
      faults[disturbance.name] = (faults[disturbance.name] ?? 0) + 1;
      say(`${Math.round((Date.now() - beganAtMs) / 1000)} s: ${disturbance.name}; ${outside.runs} runs so far`);
    }),
  ]);

  const seconds = (Date.now() - beganAtMs) / 1000;
  const alive = crew.members.includes(steady);
  const gauges = [
    ...processGauges('worker', gaugeFile('worker'), beganAtMs),
    ...processGauges('API', gaugeFile('api'), beganAtMs),
    ...outside.gauges(),
  ];
  const runs = await runsByJob(place);
  const letters = await deadLetters(parts.db, beganAtMs);
  for (const reason of await reasons(place)) say(reason);
  await feed.close();
  await Promise.all([api.stop(), crew.dismiss('all')]);
  await lines.close();
  const problems = [
    ...(alive ? [] : ['the worker that is measured ended']),
    ...(feed.rows === 0 ? ['nothing was fed'] : []),
    ...catalogue.flatMap(({ id: job }) => (runs[job] === undefined ? [`${job} never ran`] : [])),
    ...measured({ gauges, seconds }).flatMap(({ name, flat }) => (flat === false ? [`not flat: ${name}`] : [])),
  ];
  return { seconds, runs, letters, faults, gauges, problems };
}

/** Requests as a console or a scraper sends them. */
async function look({ url }: ApiProcess, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ['/metrics', '/api/v1/runs?limit=50', '/api/v1/jobs']) {
    await tolerant(async () => (await fetch(url + path, { headers, signal: AbortSignal.timeout(5_000) })).text());
  }
}

/** Why runs did not succeed, the commonest reason first. */
async function reasons({ installation }: Place): Promise<readonly string[]> {
  const { rows } = await sql<{ reason: string }>`
    select job || ' ' || status || ', ' || count(*) || ' times: ' || coalesce(error ->> 'name', '') || ': '
      || left(coalesce(error ->> 'message', ''), 200) as reason
    from coppice.runs where status in ('failed', 'partial', 'held', 'skipped') group by job, status, error ->> 'name',
      left(coalesce(error ->> 'message', ''), 200) order by count(*) desc limit 20`.execute(installation.parts.db);
  return rows.map(({ reason }) => reason);
}

async function runsByJob({ installation }: Place): Promise<SoakResult['runs']> {
  const { rows } = await sql<{ job: string; status: string; count: number }>`
    select job, status, count(*)::int as count from coppice.runs group by 1, 2 order by 1, 3 desc`.execute(
    installation.parts.db,
  );
  const byJob = Map.groupBy(rows, ({ job }) => job);
  return Object.fromEntries(
    [...byJob].map(([job, those]) => [job, Object.fromEntries(those.map(({ status, count }) => [status, count]))]),
  );
}
