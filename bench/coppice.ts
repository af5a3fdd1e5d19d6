import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Client } from '@temporalio/client';
import { stringify } from 'yaml';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Totals } from '../src/domain/run.ts';
import { catalogue } from '../src/jobs/index.ts';
import type { Context } from '../src/operations/context.ts';
import { runJob } from '../src/operations/runs/run.ts';
import { getRun } from '../src/state/runs/runs.ts';
import { connectClient } from '../src/temporal/connection.ts';
import { temporalSettings } from '../src/temporal/settings.ts';
import { countActions } from './actions.ts';
import type { Removal } from './bare-loop.ts';
import { type HistorySize, historySize } from './events.ts';
import type { Servers } from './servers.ts';

export interface CoppiceRun extends Removal {
  /** `null`: the server did not say. */
  readonly actions: number | null;
  /** Most memory that the worker ever held; `null` where the system does not tell. */
  readonly workerBytes: number | null;
  readonly totals: Totals;
  readonly history: HistorySize;
  /** How long each partition took, in ms, from when an activity took it. */
  readonly latencies: readonly number[];
}

/** Half of the documents go: no limit may hold the run. Nothing but this run is started. */
const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

export interface CoppiceOptions {
  /** Whether the ledger keeps what is removed. */
  readonly ledger?: boolean;
  /** Collections of `coppice.yaml`; without them, those of the default schema. */
  readonly collections?: object;
  /** The job that runs, and the total that counts its documents. */
  readonly job?: string;
  readonly counts?: string;
  /** Parameters of the job, other than its defaults. */
  readonly parameters?: object;
  /** Further settings of `coppice.yaml`. */
  readonly settings?: object;
  readonly env?: NodeJS.ProcessEnv;
  /** Worker processes; one without it. */
  readonly workers?: number;
}

/**
 * One run through Temporal, by a worker process of its own as a user starts it. Timed from the start of the workflow to
 * the end in the run's record, by the database's clock, which is this machine's.
 */
export function throughCoppice(
  servers: Servers,
  databaseUrl: string,
  options: CoppiceOptions = {},
): Promise<CoppiceRun> {
  const { job = 'ttl-cleanup', counts = 'deleted_documents' } = options;
  return withWorker(servers, databaseUrl, options, async ({ context, client, worker }) => {
    const before = await countActions(servers.metricsUrl);
    const startedAt = Date.now();
    const { workflow_id: workflowId, run_id: runId } = await runJob(context, job, {}, { preview: false });
    await Promise.race([client.workflow.getHandle(workflowId).result(), worker.lost]);
    const run = await getRun(context.parts.db, runId);
    if (run.status !== 'success' || run.finished_at === null) {
      throw new Error(`the run ended ${run.status}: ${run.error?.message ?? ''}`);
    }
    const after = await countActions(servers.metricsUrl);
    return {
      documents: run.totals[counts] ?? 0,
      ms: run.finished_at.getTime() - startedAt,
      actions: before === null || after === null ? null : after - before,
      workerBytes: peakMemory(worker.pid),
      totals: run.totals,
      history: await historySize(client, workflowId),
      latencies: worker.latencies,
    };
  });
}

export interface AtWork {
  readonly context: Context;
  readonly client: Client;
  readonly worker: BenchWorker;
  /** All of them, the first included. */
  readonly workers: readonly BenchWorker[];
}

/** A worker process and what it takes to tell it something, for as long as the work takes. */
export async function withWorker<T>(
  servers: Servers,
  databaseUrl: string,
  {
    ledger = true,
    job = 'ttl-cleanup',
    parameters = {},
    collections,
    env: more,
    settings,
    workers: count = 1,
  }: CoppiceOptions,
  work: (at: AtWork) => Promise<T>,
): Promise<T> {
  const file = join(servers.folder, 'coppice.yaml');
  const unscheduled = Object.fromEntries(catalogue.map((job) => [job.id, { schedules: [] }]));
  const jobs = { ...unscheduled, [job]: { schedules: [], brake, ledger: { enabled: ledger }, parameters } };
  writeFileSync(file, stringify({ jobs, ...settings, ...(collections === undefined ? {} : { collections }) }));
  const env = {
    ...process.env,
    ...more,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    COPPICE_CONFIG: file,
    COPPICE_DATA_DIR: join(servers.folder, 'data'),
  };
  const worker = await startWorker(env);
  const workers = [worker];
  while (workers.length < count) workers.push(await startWorker(env));
  const config = loadConfig(env);
  const parts = await assemble(config, databaseUrl, 'coppice bench');
  const client = await connectClient(temporalSettings(config.temporal, null));
  try {
    const context = { parts, namespace: 'default', requestedBy: 'bench', client: async () => client };
    return await work({ context, client, worker, workers });
  } finally {
    await Promise.all(workers.map((one) => one.stop()));
    await client.connection.close();
    await parts.close();
  }
}

export interface BenchWorker {
  readonly pid: number;
  /** How long each partition took that it has finished, in ms, as its log says. */
  readonly latencies: readonly number[];
  /** Rejects when it ends by itself. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
}

async function startWorker(env: NodeJS.ProcessEnv): Promise<BenchWorker> {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'worker', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = (said + chunk).slice(-4000);
  };
  // With --json an error is an answer, and stands on standard output.
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const latencies: number[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, took] = / step=\w+_complete .*duration_ms=(\d+)/.exec(line) ?? [];
    if (took !== undefined) latencies.push(Number(took));
  });
  const gone = once(child, 'exit');
  const first = await Promise.race([once(child.stdout, 'data'), gone.then(() => null)]);
  if (first === null || child.pid === undefined) throw new Error(`the worker ended at start:\n${said}`);
  const lost = gone.then(() => {
    throw new Error(`the worker ended:\n${said}`);
  });
  lost.catch(() => {});
  return {
    pid: child.pid,
    latencies,
    lost,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

export function peakMemory(pid: number): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
