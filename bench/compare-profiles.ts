import pg from 'pg';
import { z } from 'zod';
import { profileQuestion } from '../src/language/prompts/profile-maintenance.ts';
import { throughCoppice } from './coppice.ts';
import { type LatencyModel, startLatencyModel } from './latency-model.ts';
import type { BenchOptions } from './options.ts';
import { inProfileDatabase, linesOfProfile } from './profile-database.ts';
import { megabytes, type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';

const latencyMs = 200;
const callsAtOnce = 16;

/** Profiles a second beside a bare loop that asks the same model as often at once. */
export async function compareProfilesWithBareLoop(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const model = await startLatencyModel(latencyMs);
  const speed = { bare: [] as number[], ours: [] as number[] };
  const memory: number[] = [];
  let tokens = Number.NaN;
  const bare = async () => {
    const ms = await inProfileDatabase(servers, rows, (url) => bareLoop(url, model));
    speed.bare.push((rows / ms) * 1000);
  };
  const ours = async () => {
    const run = await inProfileDatabase(servers, rows, async (url) => {
      const done = await maintainThrough(servers, url, model);
      tokens = (await tokensIn(url)) / rows;
      return done;
    });
    if (run.documents !== rows) throw new Error(`${run.documents} profiles were maintained, not ${rows}`);
    speed.ours.push((rows / run.ms) * 1000);
    if (run.workerBytes !== null) memory.push(run.workerBytes);
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      // The second contestant finds the machine warmer, or busier.
      for (const contestant of round % 2 === 1 ? [bare, ours] : [ours, bare]) await contestant();
      log(`round ${round}: bare ${whole(speed.bare.at(-1) ?? 0)}, ours ${whole(speed.ours.at(-1) ?? 0)} profiles/s`);
    }
  } finally {
    await model.stop();
  }
  return {
    versions: servers.versions,
    header: ['profiles', 'contestant', 'profiles/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [whole(rows), 'bare read-ask-replace loop', ...speeds(speed.bare), shares(ratios(speed.ours, speed.bare))],
      [whole(rows), 'Coppice through Temporal', ...speeds(speed.ours), ''],
    ],
    facts: [
      [`calls at once, of either; each answered after ${latencyMs} ms`, String(callsAtOnce)],
      ['lines of a profile', String(linesOfProfile)],
      ['tokens of a changed profile, question and answer', whole(tokens)],
      ["worker's peak memory", megabytes(memory.length === 0 ? null : Math.max(...memory))],
    ],
  };
}

function maintainThrough(servers: Servers, databaseUrl: string, { url }: LatencyModel) {
  return throughCoppice(servers, databaseUrl, {
    job: 'profile-maintenance',
    counts: 'maintained_profiles',
    collections: { profiles: { kind: 'attributes' } },
    parameters: { max_calls: 1_000_000 },
    settings: { model: { url, name: 'bench', max_concurrent: callsAtOnce } },
  });
}

async function tokensIn(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ tokens: string }>(
    'select sum(input_tokens + output_tokens) as tokens from coppice.proposals',
  );
  await client.end();
  return Number(rows[0]?.tokens);
}

const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })) });
const operations = z.object({
  operations: z.array(z.object({ lines: z.array(z.int()), category: z.string(), key: z.string(), value: z.string() })),
});

/**
 * The loop of a good script: the same prompt, calls kept busy, connections kept open, a transaction for each profile.
 * No checks of the answer, no ledger, no record. Returns its time in ms.
 */
async function bareLoop(url: string, model: LatencyModel): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // The database is dropped while the last connection is still on its way out.
  pool.on('error', () => {});
  const startedAt = performance.now();
  const { rows } = await pool.query<{ id: string }>('select distinct entity_id as id from knowledge.profiles');
  const queue = rows.values();
  const lane = async () => {
    for (const { id } of queue) await maintain(pool, id, model);
  };
  await Promise.all(Array.from({ length: callsAtOnce }, lane));
  const ms = performance.now() - startedAt;
  await pool.end();
  return ms;
}

async function maintain(pool: pg.Pool, entity: string, { url }: LatencyModel): Promise<void> {
  const { rows: lines } = await pool.query<{ id: string; category: string; key: string; value: string }>(
    'select id, category, key, value from knowledge.profiles where entity_id = $1 order by updated_at, id',
    [entity],
  );
  const shown = lines.map(({ category, key, value }, at) => ({ line: at + 1, category, key, value, written: null }));
  const { system, user } = profileQuestion(shown, null);
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bench', messages }),
  });
  const content = completion.parse(await response.json()).choices[0]?.message.content ?? '';
  const client = await pool.connect();
  await client.query('begin');
  for (const { lines: numbers, category, key, value } of operations.parse(JSON.parse(content)).operations) {
    const ids = numbers.flatMap((line) => lines[line - 1]?.id ?? []);
    await client.query('delete from knowledge.profiles where id = any($1::text[])', [ids]);
    await client.query(
      `insert into knowledge.profiles (entity_id, entity_type, category, key, value, confidence, source)
        values ($1, 'user', $2, $3, $4, 0.9, 'maintenance')`,
      [entity, category, key, value],
    );
  }
  await client.query('commit');
  client.release();
}
