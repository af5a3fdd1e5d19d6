import pg from 'pg';
import { benchOf } from './comparisons.ts';
import { throughCoppice } from './coppice.ts';
import { type MemoryTemplate, makeMemoryTemplate, memoryCollections } from './memory-template.ts';
import type { BenchOptions } from './options.ts';
import { megabytes, type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';
import { copyOf, dropCopy, query } from './template.ts';

const ours = { job: 'memory-decay', counts: 'decayed_memories', collections: memoryCollections };
/** Pages of a transaction: about as many rows as Coppice's largest batch. */
const pagesOfBatch = 500;

export const memoryDecayBench = benchOf({
  name: 'memory-decay',
  title: 'N memories that nobody used for 60 days lose one day of their score, on native PostgreSQL',
  options: '[--rows N] [--rounds 7] [--partitions 10000]',
  comparisons: {
    'bare-loop': { rows: 1_000_000, compare: compareWithUpdates },
    nights: { rows: 1_000_000, compare: measureNights },
  },
});

/** Coppice, an UPDATE in batches that writes the same former values and bases, and one UPDATE. */
async function compareWithUpdates(servers: Servers, options: BenchOptions): Promise<Section> {
  const { rows, rounds, partitions } = options;
  const template: MemoryTemplate = { name: 'bench_decay', rows, users: partitions, dimensions: 0, copyEvery: 0 };
  await makeMemoryTemplate(servers, template);
  const copy = () => copyOf(servers.postgresUrl, template);
  const speed = { loop: [] as number[], single: [] as number[], ours: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    speed.loop.push((rows / (await updateInBatches(await copy()))) * 1000);
    speed.single.push((rows / (await updateAtOnce(await copy()))) * 1000);
    const run = await throughCoppice(servers, await copy(), ours);
    if (run.documents !== rows) throw new Error(`${run.documents} memories decayed, not ${rows}`);
    speed.ours.push((rows / run.ms) * 1000);
    const line = Object.entries(speed).map(([name, values]) => `${name} ${whole(values.at(-1) ?? 0)}`);
    log(`round ${round}: ${line.join(', ')} memories/s`);
  }
  await dropCopy(servers.postgresUrl, template);
  return {
    versions: servers.versions,
    header: ['rows', 'contestant', 'memories/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [
        whole(rows),
        'UPDATE in batches, same former values and bases',
        ...speeds(speed.loop),
        shares(ratios(speed.ours, speed.loop)),
      ],
      [whole(rows), 'one UPDATE, nothing kept', ...speeds(speed.single), shares(ratios(speed.ours, speed.single))],
      [whole(rows), 'Coppice through Temporal', ...speeds(speed.ours), ''],
    ],
    facts: [['users', whole(partitions)]],
  };
}

const decays = "o.last_accessed_at <= now() - interval '7 days' and o.score > 0 and o.pinned is not true";

async function updateInBatches(url: string): Promise<number> {
  return timed(url, async (client) => {
    await client.query(`create table bare_changes (part int, row_id text, former text, stored text, base_score float8,
      base_from timestamptz, base_accessed timestamptz, base_stored text, refused bigint)`);
    await client.query('create index on bare_changes (part)');
    await client.query(`create table bare_bases (collection text, row_id text, score float8, counted_from timestamptz,
      accessed_at timestamptz, stored text, written_at timestamptz, score_before float8, primary key (collection, row_id))
      with (fillfactor = 80)`);
    const { rows } = await client.query<{ pages: number }>(
      `select (pg_relation_size('knowledge.memories') / current_setting('block_size')::int)::int as pages`,
    );
    const pages = rows[0]?.pages ?? 0;
    // New versions of rows follow the pages that were there at first.
    for (let page = 0; page < pages; page += pagesOfBatch) {
      const end = Math.min(page + pagesOfBatch, pages);
      await client.query(`
        with changed as (
          update knowledge.memories d set score = o.score * 0.95 from knowledge.memories o
          where d.ctid = o.ctid and o.ctid >= '(${page},0)' and o.ctid < '(${end},0)' and ${decays}
          returning d.id, o.score as former, d.score as stored, d.last_accessed_at
        ), kept as (
          insert into bare_changes (part, row_id, former, stored) select 1, id, former, stored from changed
        )
        insert into bare_bases select 'memories', id, former, now() - interval '1 day', last_accessed_at, stored, now(), former
        from changed`);
    }
  });
}

async function updateAtOnce(url: string): Promise<number> {
  return timed(url, async (client) => {
    await client.query(`update knowledge.memories o set score = score * 0.95 where ${decays}`);
  });
}

async function timed(url: string, work: (client: pg.Client) => Promise<void>): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const startedAt = performance.now();
    await work(client);
    return performance.now() - startedAt;
  } finally {
    await client.end();
  }
}

interface Night {
  readonly ms: number;
  readonly walBytes: number;
  readonly ledgerBytes: number;
  readonly baseBytes: number;
  readonly tableBytes: number;
  readonly deadRows: number;
}

/** So many nights as there are rounds, with a vector of 1,536 dimensions in each row: what a night leaves stays the same. */
async function measureNights(servers: Servers, { rows, rounds, partitions }: BenchOptions): Promise<Section> {
  const template: MemoryTemplate = { name: 'bench_nights', rows, users: partitions, dimensions: 1536, copyEvery: 0 };
  await makeMemoryTemplate(servers, template);
  const url = await copyOf(servers.postgresUrl, template);
  const nights: Night[] = [];
  for (let night = 1; night <= rounds; night++) {
    const before = await walPosition(url);
    const run = await throughCoppice(servers, url, ours);
    if (run.documents !== rows) throw new Error(`${run.documents} memories decayed in night ${night}, not ${rows}`);
    nights.push({ ms: run.ms, walBytes: (await walPosition(url)) - before, ...(await sizes(url)) });
    log(`night ${night}: ${JSON.stringify(nights.at(-1))}`);
    // Does the work of autovacuum before the next night, which follows at once.
    await query(
      url,
      `update coppice.decay_bases set counted_from = counted_from - interval '1 day'`,
      'vacuum knowledge.memories',
      'vacuum coppice.decay_bases',
    );
  }
  await dropCopy(servers.postgresUrl, template);
  const shown = [0, 1, rounds - 2, rounds - 1].filter((at, no, all) => at >= 0 && all.indexOf(at) === no);
  return {
    versions: servers.versions,
    header: ['night', 'memories/s', 'WAL', 'former values', 'bases', 'table', 'dead rows of the table'],
    rows: shown.flatMap((at) => {
      const one = nights[at];
      if (one === undefined) return [];
      const bytes = [one.walBytes, one.ledgerBytes, one.baseBytes, one.tableBytes].map(megabytes);
      return [[String(at + 1), whole((rows / one.ms) * 1000), ...bytes, whole(one.deadRows)]];
    }),
    facts: [
      ['memories, and users', `${whole(rows)}, ${whole(partitions)}`],
      ['dimensions of the vector in each row', '1,536'],
    ],
  };
}

async function walPosition(url: string): Promise<number> {
  return number(url, `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as value`);
}

async function sizes(url: string): Promise<Pick<Night, 'ledgerBytes' | 'baseBytes' | 'tableBytes' | 'deadRows'>> {
  return {
    ledgerBytes: await number(
      url,
      `select coalesce(sum(pg_total_relation_size(format('coppice.%I', tablename)::regclass)), 0)::float8 as value
       from pg_tables where schemaname = 'coppice' and tablename ~ '^changes_'`,
    ),
    baseBytes: await number(url, `select pg_total_relation_size('coppice.decay_bases')::float8 as value`),
    tableBytes: await number(url, `select pg_total_relation_size('knowledge.memories')::float8 as value`),
    deadRows: await number(
      url,
      `select n_dead_tup::float8 as value from pg_stat_user_tables where relname = 'memories'`,
    ),
  };
}

async function number(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: number }>(statement);
    return rows[0]?.value ?? Number.NaN;
  } finally {
    await client.end();
  }
}
