import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { log, type Servers } from './servers.ts';
import { databaseUrl, query } from './template.ts';

export interface FilledApi {
  readonly context: Context;
  /** Environment of commands on this installation. */
  readonly env: NodeJS.ProcessEnv;
  /** Address of the database. */
  readonly url: string;
  /** May read everything. */
  readonly token: string;
}

/** An installation with so many runs on record, with groups and with pending runs, for as long as the work takes. */
export async function withFilledApi<T>(
  servers: Servers,
  runs: number,
  work: (place: FilledApi) => Promise<T>,
): Promise<T> {
  const name = 'bench_api';
  await query(servers.postgresUrl, `drop database if exists ${name} with (force)`, `create database ${name}`);
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
    log(`Filling: ${runs} runs, ${groups} groups`);
    await fillApiDatabase(servers.postgresUrl, name, runs);
    const context: Context = { parts, namespace: 'default', requestedBy: 'bench', client: async () => client };
    log(`Starting ${pendingRuns} runs that nobody takes up`);
    for (let at = 0; at < pendingRuns; at += 1) await runJob(context, 'ttl-cleanup', {}, { preview: false });
    const asked = { name: 'bench', scope: 'read' as const, ...wholeView, expiresInDays: null };
    const { token } = await createToken(context, asked);
    return await work({ context, env, url, token });
  } finally {
    await client.connection.close();
    await parts.close();
  }
}
