import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { kindOf } from '../../domain/mapped-fields.ts';
import { checkOriginal } from '../../state/installation/installation.ts';
import { resultTableProblems } from '../../state/intelligence/check-tables.ts';
import { ledgerSize } from '../../state/ledger/ledger.ts';
import { isMigrated } from '../../state/migrate.ts';
import { IdentityProvider } from '../access/identity-provider.ts';
import type { Context } from '../context.ts';
import { type Check, check } from '../monitoring/health.ts';
import { listSchedules, type ScheduleJson } from '../runs/schedules.ts';
import { type CollectionReport, collectionReport } from './doctor/collection.ts';
import { type GraphReport, graphReport } from './doctor/graph.ts';
import { type RoleReport, roleReport } from './doctor/privileges.ts';
import type { Duty } from './grants/needs.ts';
import { listPlugins, type PluginJson } from './plugins.ts';

export interface DoctorJson {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** `null` where the database does not answer. */
  readonly role: RoleReport | null;
  readonly collections: readonly CollectionReport[];
  readonly graphs: readonly GraphReport[];
  readonly plugins: readonly PluginJson[];
  /** `null` where Temporal does not answer, or knows no installation yet. */
  readonly schedules: readonly ScheduleJson[] | null;
}

export interface DoctorOptions {
  /** Also count rows without vectors and vectors without rows. */
  readonly drift: boolean;
  /** Duty of the role; `null`: the duty that its rights suggest. */
  readonly as: Duty | null;
}

/** Compares the mapping with the live stores, in one report. Reads only, and shows types and counts, never content. */
export async function doctor(context: Context, options: DoctorOptions): Promise<DoctorJson> {
  const { parts } = context;
  const database = await check('database', () => describeDatabase(parts.db));
  const plugins = listPlugins(parts.config);
  const nothing = { role: null, collections: [], graphs: [], schedules: null };
  if (!database.ok) return { ok: false, checks: [database], plugins, ...nothing };
  const tables = await check('coppice tables', () => describeTables(parts));
  const migrated = tables.ok && (await isMigrated(parts.db));
  const role = await roleReport(parts, options.as, migrated);
  const privileges = await check('privileges', async () => {
    if (role.missing.length > 0) throw new Error(`role ${role.name} lacks what a ${role.duty} needs`);
    if (role.duty === 'worker') await requireWritable(parts.db);
    return `role ${role.name} has what a ${role.duty} needs`;
  });
  const ledger = migrated ? [await check('ledger', () => describeLedger(parts))] : [];
  const embeddings = await check('embeddings', () => parts.embedder.probe());
  const { identity } = parts.config.api;
  const provider =
    identity === null ? [] : [await check('identity provider', () => new IdentityProvider(identity).probe())];
  const { model } = parts;
  const models = model === null ? [] : [await check('model', () => model.examine())];
  const collections = [];
  for (const own of parts.collections)
    collections.push(await collectionReport(parts, own, { ...options, embeddings: embeddings.ok }));
  const graphs = [];
  for (const store of parts.graphs) graphs.push(await graphReport(parts, store));
  const results = await resultTableChecks(parts);
  const checks = [database, tables, privileges, ...ledger, ...results, embeddings, ...models, ...provider];
  const sound = collections.every(({ problems, drift }) => problems.length === 0 && !hasDrift(drift));
  const fits = graphs.every(({ problems }) => problems.length === 0);
  const built = plugins.every(({ problem }) => problem === null);
  const ok = sound && fits && built && checks.every((one) => one.ok);
  return { ok, checks, role, collections, graphs, plugins, schedules: migrated ? await schedulesOf(context) : null };
}

function hasDrift(drift: CollectionReport['drift']): boolean {
  return drift !== null && drift.vectors_without_row > 0;
}

async function describeDatabase(db: Db): Promise<string> {
  const { rows } = await sql<{ version: string; name: string }>`
    select current_setting('server_version') as version, current_database() as name`.execute(db);
  return `PostgreSQL ${rows[0]?.version.split(' ')[0]}, database ${rows[0]?.name}`;
}

/** None is a beginning: doctor and preview come first. Old ones are in a worker's way, and so are a copy's. */
async function describeTables({ db, config }: Context['parts']): Promise<string> {
  if (await isMigrated(db)) {
    await checkOriginal(db);
    return 'current';
  }
  const { rows } = await sql`select from pg_namespace where nspname = 'coppice'`.execute(db);
  if (rows.length > 0) throw new Error('missing or older than this version: run `coppice migrate`');
  return `none yet: \`coppice migrate\`${config.database.migrations === 'on' ? ', or the first worker,' : ''} makes them`;
}

/** None where all of them are Coppice's own. */
async function resultTableChecks({ db, config: { collections, intelligence } }: Context['parts']): Promise<Check[]> {
  const mapped = Object.values(intelligence.tables);
  if (mapped.length === 0 || !collections.some((one) => kindOf(one) === 'queries')) return [];
  const fit = async () => {
    const problems = await resultTableProblems(db);
    if (problems.length > 0) throw new Error(problems.join('; '));
    return `${mapped.map(({ schema, name }) => `${schema}.${name}`).join(', ')} fit`;
  };
  return [await check('intelligence tables', fit)];
}

/** Its size, and the smallest budget of any job, beyond which a run is held. */
async function describeLedger({ db, config }: Context['parts']): Promise<string> {
  const bytes = await ledgerSize(db);
  const budget = Math.min(...config.jobs.map(({ ledger }) => ledger.maxBytes));
  const megabytes = (size: number) => Math.ceil(size / 1_000_000);
  const message = `${megabytes(bytes)} MB of ${megabytes(budget)} MB`;
  if (bytes > budget) throw new Error(`${message}: runs that remove are held (jobs.<job>.ledger.max_bytes)`);
  return message;
}

/** A standby, or a role or database that only reads by default. */
async function requireWritable(db: Db): Promise<void> {
  const { rows } = await sql<{ setting: string }>`select current_setting('transaction_read_only') as setting`.execute(
    db,
  );
  if (rows[0]?.setting === 'on') throw new Error('this database takes no writes: a standby, or read only by setting');
}

async function schedulesOf(context: Context): Promise<readonly ScheduleJson[] | null> {
  try {
    return await listSchedules(context);
  } catch {
    // The mapping is what this is about; `coppice health` says what is wrong with Temporal.
    return null;
  }
}
