import { existsSync, readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';
import { tolerant } from '../chaos/harness/scene.ts';
import type { Series } from './flatness.ts';

/** A measure, its unit, and how far it may rise whatever its median is. */
export interface Gauge {
  readonly name: string;
  readonly unit: 'MB' | '' | 'kB' | '%';
  readonly leeway: number;
  readonly series: Series;
}

/** Measures that a process with gauge-preload.ts has written down. */
export function processGauges(process: string, file: string, beganAtMs: number): Gauge[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const samples = lines.flatMap((line): Readonly<Record<string, number>>[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return []; // the last line of a process that was stopped while it wrote
    }
  });
  const series = (value: string, divisor = 1): Series =>
    samples.map((one) => [((one.at_ms ?? 0) - beganAtMs) / 1000, (one[value] ?? 0) / divisor] as const);
  return [
    { name: `${process}: memory (resident)`, unit: 'MB', leeway: 30, series: series('rss', 1e6) },
    { name: `${process}: heap after a collection`, unit: 'MB', leeway: 8, series: series('heap', 1e6) },
    { name: `${process}: open files and sockets`, unit: '', leeway: 8, series: series('files') },
    { name: `${process}: active handles`, unit: '', leeway: 8, series: series('handles') },
    { name: `${process}: active timers`, unit: '', leeway: 8, series: series('timers') },
  ];
}

type Sample = Readonly<Record<keyof typeof outside, number>>;

const outside = {
  history: { name: 'longest history of the runs that ended', unit: '', leeway: 60 },
  open: { name: 'open workflows', unit: '', leeway: 10 },
  sessions: { name: 'sessions of PostgreSQL', unit: '', leeway: 6 },
  // The ledger of each run that changed rows is a table of its own for its retention time.
  tables: { name: "Coppice's tables in PostgreSQL, without ledgers of changes", unit: '', leeway: 12 },
  working: { name: 'tables of leases, locks and open work', unit: 'MB', leeway: 2 },
  dead: { name: "dead rows among the rows of Coppice's tables", unit: '%', leeway: 10 },
  run: { name: "Coppice's tables, for each run", unit: 'kB', leeway: 20 },
} as const;

/** Measures of Temporal and of the database. A server that is down just now gives no sample. */
export class OutsideGauges {
  readonly #client: Client;
  readonly #db: Db;
  readonly #installation: string;
  readonly #beganAtMs: number;
  readonly #samples: (readonly [number, Sample])[] = [];
  #since = new Date();
  runs = 0;

  constructor(client: Client, db: Db, installation: string, beganAtMs: number) {
    this.#client = client;
    this.#db = db;
    this.#installation = installation;
    this.#beganAtMs = beganAtMs;
  }

  async sample(): Promise<void> {
    const now = new Date();
    const found = await tolerant(async () => ({ ...(await this.#workflows()), ...(await this.#tables()) }));
    if (found === null) return;
    this.#since = now;
    this.#samples.push([(now.getTime() - this.#beganAtMs) / 1000, found]);
  }

  gauges(): Gauge[] {
    return keys.map((key) => ({ ...outside[key], series: this.#samples.map(([at, one]) => [at, one[key]] as const) }));
  }

  async #workflows(): Promise<Pick<Sample, 'history' | 'open'>> {
    const ours = `WorkflowId STARTS_WITH "coppice-${this.#installation}"`;
    const query = `${ours} AND (ExecutionStatus = "Running" OR CloseTime > "${this.#since.toISOString()}")`;
    let [history, open] = [0, 0];
    for await (const { status, historyLength } of this.#client.workflow.list({ query })) {
      if (status.name === 'RUNNING') open += 1;
      else history = Math.max(history, historyLength ?? 0);
    }
    return { history, open };
  }

  async #tables(): Promise<Omit<Sample, 'history' | 'open'>> {
    const { rows } = await sql<Omit<Sample, 'history' | 'open'> & { runs: number }>`
      with own as (
        select relname, pg_total_relation_size(relid) as bytes, n_dead_tup as dead, n_live_tup as live
        from pg_stat_user_tables where schemaname = 'coppice')
      select (select count(*)::int from pg_stat_activity where datname = current_database()) as sessions,
        (select count(*)::int from own where relname not like 'changes%') as tables,
        (select coalesce(sum(bytes), 0)::float8 / 1e6 from own where relname in ('leases', 'partition_locks', 'workers',
          'graph_groups', 'alerts') or relname like 'items%') as working,
        (select 100 * sum(dead)::float8 / greatest(1, sum(dead + live)) from own) as dead,
        (select sum(bytes)::float8 / 1e3 from own) / greatest(1, (select count(*) from coppice.runs)) as run,
        (select count(*)::int from coppice.runs) as runs`.execute(this.#db);
    const [{ runs = 0, ...sample } = empty] = rows;
    this.runs = runs;
    return sample;
  }
}

const keys = ['history', 'open', 'sessions', 'tables', 'working', 'dead', 'run'] as const;
const empty = { sessions: 0, tables: 0, working: 0, dead: 0, run: 0, runs: 0 };
