import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { resolveParameters } from '../activities/sweep/parameters.ts';
import { assemble, type Parts } from '../assemble.ts';
import { loadConfig } from '../config/load.ts';
import { tableRef } from '../database/identifiers.ts';
import type { Db } from '../database/schema.ts';
import type { Totals } from '../domain/run.ts';
import { addPluginJobs } from '../jobs/index.ts';
import { checkPlugin } from '../plugins/check-plugin.ts';
import type { Plugin } from '../plugins/plugin.ts';
import { migrateAll } from '../prepare.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { countDue, type DoneRun, type RunOn, runOn, undoOn } from './run-on.ts';

export interface BenchOptions {
  /** A PostgreSQL server with pgvector on which the role may create databases. */
  readonly databaseUrl: string;
  readonly plugin: Plugin;
  /** The id of the job under test. */
  readonly job: string;
  /** As in `coppice.yaml`. Without it the default schema, with the collection `documents`. */
  readonly collections?: Readonly<Record<string, object | null>>;
  /** The collection that the job works on; the first of `collections` without it. */
  readonly collection?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** When surveys look; the real time of the start without it. */
  readonly clock?: FakeClock;
  /** Items in a batch; small, so that a few rows make several. */
  readonly batchSize?: number;
}

/** A job of a plugin on a database of its own, without Temporal: the real rule, store, ledger, locks and fence. */
export interface Bench {
  readonly db: Db;
  readonly clock: FakeClock;
  query(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Items that are due now, by partition. */
  due(options?: { readonly respectHolds?: boolean }): Promise<ReadonlyMap<string, number>>;
  /** One run, on all partitions or those that are named. */
  run(only?: readonly string[]): Promise<DoneRun>;
  undo(run: DoneRun): Promise<Totals>;
  /** Every row of the collection, with its chunks where they are in a table. */
  rows(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

const defaultBatchSize = 2;

export async function createBench(options: BenchOptions): Promise<Bench> {
  const plugin = checkPlugin(options.plugin.name, options.plugin);
  const database = await createDatabase(options.databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
  try {
    const parts = await partsOf(options, plugin, { folder, url: database.url });
    return benchOf(options, parts, async () => {
      await parts.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    });
  } catch (error) {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function partsOf(
  { collections = { documents: null } }: BenchOptions,
  plugin: Plugin,
  { folder, url }: { readonly folder: string; readonly url: string },
): Promise<Parts> {
  const jobs = plugin.jobs.map(({ job }) => ({ ...job, plugin: plugin.name }));
  addPluginJobs(jobs);
  const file = join(folder, 'coppice.yaml');
  // Every JSON text is YAML.
  writeFileSync(file, JSON.stringify({ collections, graphs: {} }));
  const { name, version } = plugin;
  const loaded = { name, version, specifier: name, digest: '', workflows: '', jobs, exported: plugin };
  const config = loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: file }, {}, [loaded]);
  const parts = await assemble(config, url, 'coppice testing');
  await migrateAll(parts);
  return parts;
}

async function benchOf(options: BenchOptions, parts: Parts, close: () => Promise<void>): Promise<Bench> {
  const { job, clock = createFakeClock(new Date()), batchSize: size = defaultBatchSize } = options;
  const { db } = parts;
  const collection = options.collection ?? Object.keys(options.collections ?? { documents: null })[0] ?? '';
  const found = parts.sweepables(job).find((one) => one.collection === collection);
  const mapping = parts.config.collections.find(({ name }) => name === collection);
  if (found === undefined || mapping === undefined) throw new Error(`${job} does not sweep collection '${collection}'`);
  const parameters = resolveParameters(parts.settings(job), options.parameters ?? {});
  const on = async (respectHolds = true): Promise<RunOn> => ({
    ...{ open: await found.open(db), db, job, collection, size },
    terms: { cutoff: clock.now(), parameters, respectHolds },
  });
  return {
    ...{ db, clock, close },
    query: async (text, values = []) => (await queryOn(parts.config.database.url ?? '', text, values)).rows,
    due: async ({ respectHolds } = {}) => countDue(await on(respectHolds)),
    run: async (only) => runOn(await on(), only ?? null),
    undo: async (run) => undoOn(await on(), run),
    rows: async () => {
      const tables = [mapping.table, ...(mapping.vectors.in === 'table' ? [mapping.vectors.table] : [])];
      const all = [];
      for (const table of tables) {
        const { rows } = await sql<{ row: unknown }>`select to_jsonb(t) as row from ${tableRef(table)} t
          order by to_jsonb(t)::text`.execute(db);
        all.push(...rows.map(({ row }) => row));
      }
      return all;
    },
  };
}

async function createDatabase(server: string): Promise<{ url: string; drop(): Promise<unknown> }> {
  const name = `coppice_test_${randomBytes(6).toString('hex')}`;
  await queryOn(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await queryOn(url.href, 'create extension if not exists vector');
  return { url: url.href, drop: () => queryOn(server, `drop database if exists ${name} with (force)`) };
}

async function queryOn(url: string, text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text, [...values]);
  } finally {
    await client.end();
  }
}
