import pg from 'pg';
import { benchOf } from './comparisons.ts';
import { throughCoppice } from './coppice.ts';
import { type MemoryTemplate, makeMemoryTemplate, memoryCollections } from './memory-template.ts';
import type { BenchOptions } from './options.ts';
import { type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';
import { copyOf, dropCopy } from './template.ts';

const ours = { job: 'memory-dedup', counts: 'deleted_memories', collections: memoryCollections };
/** One of so many rows is a copy: 20 %. */
const copyEvery = 5;
const rowsOfBatch = 20_000;

export const memoryDedupBench = benchOf({
  name: 'memory-dedup',
  title: 'N memories, of which a fifth are copies, on native PostgreSQL',
  options: '[--rows N] [--rounds 7] [--partitions 10000]',
  comparisons: {
    'bare-loop': { rows: 1_000_000, compare: compareWithLoops },
    'one-text': { rows: 1_000_000, compare: mergeOneText },
  },
});

/** Coppice, a loop that keeps the same rows and writes the same survivors, and one DELETE with a window function. */
async function compareWithLoops(servers: Servers, options: BenchOptions): Promise<Section> {
  const { rows, rounds, partitions } = options;
  const template: MemoryTemplate = { name: 'bench_dedup', rows, users: partitions, dimensions: 0, copyEvery };
  await makeMemoryTemplate(servers, template);
  const copies = Math.floor(rows / copyEvery);
  const copy = () => copyOf(servers.postgresUrl, template);
  const perSecond = (ms: number) => (rows / ms) * 1000;
  const speed = { loop: [] as number[], single: [] as number[], ours: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    speed.loop.push(perSecond(await removed(await copy(), copies, removeInBatches)));
    speed.single.push(perSecond(await removed(await copy(), copies, removeAtOnce)));
    const run = await throughCoppice(servers, await copy(), ours);
    if (run.documents !== copies) throw new Error(`${run.documents} copies were removed, not ${copies}`);
    speed.ours.push(perSecond(run.ms));
    const line = Object.entries(speed).map(([name, values]) => `${name} ${whole(values.at(-1) ?? 0)}`);
    log(`round ${round}: ${line.join(', ')} memories looked at/s`);
  }
  await dropCopy(servers.postgresUrl, template);
  return {
    versions: servers.versions,
    header: ['rows', 'contestant', 'memories looked at/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [
        whole(rows),
        'loop in batches, same ledger rows and survivors',
        ...speeds(speed.loop),
        shares(ratios(speed.ours, speed.loop)),
      ],
      [
        whole(rows),
        'one DELETE with a window function, nothing kept',
        ...speeds(speed.single),
        shares(ratios(speed.ours, speed.single)),
      ],
      [whole(rows), 'Coppice through Temporal', ...speeds(speed.ours), ''],
    ],
    facts: [
      ['users', whole(partitions)],
      ['copies removed a round', whole(copies)],
    ],
  };
}

/** All memories of one user have the same text: one set, which is larger than any batch. */
async function mergeOneText(servers: Servers, { rows }: BenchOptions): Promise<Section> {
  const template: MemoryTemplate = { name: 'bench_one_text', rows, users: 1, dimensions: 0, copyEvery: 0 };
  await makeMemoryTemplate(servers, template);
  const url = await copyOf(servers.postgresUrl, template);
  await inSession(url, (client) =>
    client.query(`update knowledge.memories set content = 'the same', content_hash = 'same'`),
  );
  const run = await throughCoppice(servers, url, ours);
  const { rows: left } = await inSession(url, (client) =>
    client.query<{ rows: string; uses: string }>(
      'select count(*) as rows, sum(access_count) as uses from knowledge.memories',
    ),
  );
  await dropCopy(servers.postgresUrl, template);
  if (Number(left[0]?.rows) !== 1 || Number(left[0]?.uses) !== rows) throw new Error(`left: ${JSON.stringify(left)}`);
  return {
    versions: servers.versions,
    header: ['copies of one memory', 'seconds', 'copies/s'],
    rows: [[whole(rows), (run.ms / 1000).toFixed(1), whole((rows / run.ms) * 1000)]],
    facts: [],
  };
}

const rank = `row_number() over (partition by user_id, content_hash, content
  order by (pinned is true) desc, score desc nulls last, created_at nulls last, id)`;
const first = `first_value(id) over (partition by user_id, content_hash, content
  order by (pinned is true) desc, score desc nulls last, created_at nulls last, id)`;

async function removeInBatches(client: pg.Client): Promise<number> {
  await client.query(`create table bare_ledger (like knowledge.memories, coppice_run bigint not null, coppice_day date not null,
    coppice_part integer not null, coppice_state text, coppice_xmin bigint, coppice_refused bigint)`);
  await client.query('create index on bare_ledger (coppice_run, coppice_part)');
  await client.query('create index on bare_ledger (coppice_run, coppice_part) where coppice_state is not null');
  await client.query(`create table bare_changes (part int, row_id text, field text, former text, stored text, added float8,
    survivor boolean, refused bigint, primary key (row_id, field))`);
  await client.query('create index on bare_changes (part)');
  await client.query(`create table bare_pairs as select row_number() over () as place, id, survivor
    from (select id, ${first} as survivor from knowledge.memories) m where id <> survivor`);
  await client.query('create index on bare_pairs (place)');
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from bare_pairs');
  const count = rows[0]?.count ?? 0;
  for (let place = 0; place < count; place += rowsOfBatch) {
    await client.query(`
      with pair as materialized (
        select id, survivor from bare_pairs where place > ${place} and place <= ${place + rowsOfBatch}
      ), gone as (
        delete from knowledge.memories d using pair p where d.id = p.id returning d.*
      ), kept as (
        insert into bare_ledger select g.*, 1::bigint, current_date, 1, null::text, null::bigint, null::bigint from gone g
      ), given as (
        select p.survivor, sum(g.access_count) as added from pair p join gone g on g.id = p.id group by 1
      ), written as (
        update knowledge.memories s set access_count = o.access_count + v.added from given v join knowledge.memories o on o.id = v.survivor
        where s.id = v.survivor returning s.id, o.access_count as former, s.access_count as stored, v.added
      )
      insert into bare_changes (part, row_id, field, former, stored, added, survivor)
      select 1, id, 'access_count', former, stored, added, true from written`);
  }
  return count;
}

async function removeAtOnce(client: pg.Client): Promise<number> {
  const { rowCount } = await client.query(`delete from knowledge.memories d
    using (select id, ${rank} as place from knowledge.memories) m where d.id = m.id and m.place > 1`);
  return rowCount ?? 0;
}

async function removed(url: string, copies: number, work: (client: pg.Client) => Promise<number>): Promise<number> {
  return inSession(url, async (client) => {
    const startedAt = performance.now();
    const count = await work(client);
    if (count !== copies) throw new Error(`${count} copies were removed, not ${copies}`);
    return performance.now() - startedAt;
  });
}

async function inSession<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
