import { existsSync } from 'node:fs';
import type { TableName } from '../../domain/mapping.ts';
import type { Catalogue } from '../../schedule-options.ts';
import { deleteSchedule, ownScheduleIds } from '../../schedules.ts';
import { CopiedDatabaseError, checkOriginal } from '../../state/installation/installation.ts';
import { ownTables } from '../../state/installation/own-tables.ts';
import { openRuns } from '../../state/runs/runs.ts';
import { resultNames } from '../../stores/postgres/graph/results.ts';
import { searchAttributes } from '../../temporal/names.ts';
import { TemporalUnavailableError } from '../../temporal/settings.ts';
import type { Context } from '../context.ts';
import { OperationError } from '../errors.ts';
import { closeEndedRuns } from '../runs/close-ended.ts';
import { tableExists } from './grants/catalogue.ts';
import { usesOf } from './grants/table-uses.ts';
import { dropTables, rehearseDrop, runIsOpen } from './uninstall/drop.ts';
import { type Losses, lossesOf, noLosses } from './uninstall/losses.ts';

export interface UninstallOptions {
  /** Do it, whatever the ledger still holds. */
  readonly yes: boolean;
  /** The documents of the default schema too. */
  readonly documents: boolean;
  /** Leave the schedules: for a Temporal server that is gone for good. */
  readonly keepSchedules: boolean;
}

export interface UninstallJson {
  /** False: only looked. */
  readonly done: boolean;
  /** `null`: there is none here (any more). */
  readonly installation: string | null;
  readonly removes: { readonly schedules: readonly string[]; readonly tables: readonly string[] };
  readonly loses: Losses;
  readonly leaves: readonly string[];
}

/**
 * Removes what Coppice owns and nothing else: first the schedules, so that nothing starts, then its tables, in one
 * transaction. Cut off in between it can be run again: the installation's id goes last.
 */
export async function uninstall(context: Context, options: UninstallOptions): Promise<UninstallJson> {
  const { parts } = context;
  const own = (await ownTables(parts.db)).map((name) => ({ schema: 'coppice', name }));
  const tables = [...own, ...(options.documents ? await documentTables(context) : [])];
  const installation = own.some(({ name }) => name === 'installation') ? await installationIn(context) : null;
  const runs = own.some(({ name }) => name === 'runs');
  const copied = runs && (await isCopy(context));
  if (copied && !options.keepSchedules) throw schedulesOfAnother();
  // A run that looks open in a copy continues in the original.
  if (runs && !copied) await requireEndedRuns(context, options);
  const schedules = options.keepSchedules ? [] : await schedulesOf(context, installation);
  const loses = runs ? await lossesOf(parts) : noLosses;
  const dropped = { tables, views: options.documents ? viewsOf(context) : [] };
  const kept = [];
  if (options.yes) {
    await rehearseDrop(parts.db, dropped, !copied);
    for (const id of schedules) await deleteSchedule(await context.client(), id);
    kept.push(...(await dropTables(parts.db, dropped, !copied)));
  }
  return {
    done: options.yes,
    installation,
    removes: { schedules, tables: tables.map(({ schema, name }) => `${schema}.${name}`) },
    loses,
    leaves: [...kept, ...leftovers(context, options)],
  };
}

async function requireEndedRuns(context: Context, options: UninstallOptions): Promise<void> {
  if (!options.keepSchedules) await requireTemporal(context);
  await closeEndedRuns(context);
  const [open] = await openRuns(context.parts.db);
  if (open !== undefined) throw runIsOpen(open.run_id);
}

/** A copy has the id of the original, and by it would find the original's schedules. */
async function isCopy({ parts }: Context): Promise<boolean> {
  try {
    await checkOriginal(parts.db);
    return false;
  } catch (error) {
    if (error instanceof CopiedDatabaseError) return true;
    throw error;
  }
}

function schedulesOfAnother(): OperationError {
  const message = "this database is a copy: the schedules of its installation are the original's";
  return new OperationError(
    'conflict',
    'CopiedDatabaseError',
    message,
    'To remove the tables here alone: --keep-schedules.',
  );
}

async function requireTemporal(context: Context): Promise<void> {
  try {
    await context.client();
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    const hint =
      'Schedules are to be deleted there. To leave them, or if that server no longer exists: --keep-schedules.';
    throw new OperationError('conflict', error.name, error.message, hint);
  }
}

async function installationIn({ parts }: Context): Promise<string | null> {
  const row = await parts.db.selectFrom('coppice.installation').select('id').executeTakeFirst();
  return row?.id ?? null;
}

async function schedulesOf(context: Context, installation: string | null): Promise<string[]> {
  if (installation === null) return [];
  const { jobs, plugins, collections, graphs, temporal } = context.parts.config;
  const catalogue: Catalogue = {
    installation,
    jobs,
    plugins: plugins.map(({ name }) => name),
    collections: [...collections, ...graphs],
    prefix: temporal.schedulePrefix,
  };
  return ownScheduleIds(await context.client(), catalogue);
}

/** Views that readers of a graph's communities use. */
function viewsOf({ parts }: Context): TableName[] {
  return parts.config.graphs.flatMap(({ name, place }) =>
    place.in === 'postgres' ? [resultNames({ name, place }).view] : [],
  );
}

/** Tables that Coppice made for documents and graphs, where they stand. */
async function documentTables({ parts }: Context): Promise<TableName[]> {
  const found = [];
  for (const { table, coppiceMakes } of usesOf(parts.config)) {
    if (coppiceMakes && (await tableExists(parts.db, table))) found.push(table);
  }
  return found;
}

function leftovers({ parts: { config }, namespace }: Context, options: UninstallOptions): string[] {
  const uses = usesOf(config);
  const names = (coppiceMakes: boolean) =>
    [
      ...new Set(
        uses.filter((use) => use.coppiceMakes === coppiceMakes).map(({ table: t }) => `${t.schema}.${t.name}`),
      ),
    ].join(', ');
  const outside = config.graphs.filter(({ place }) => place.in !== 'postgres');
  const places = [
    ...config.collections.map(({ vectors }) => vectors),
    ...config.graphs.map((one) => one.vectorsBeside),
  ];
  const classes = places.flatMap((one) => (one?.in === 'weaviate' ? [one.class] : []));
  return [
    ...(names(false) === '' ? [] : [`${names(false)}, as they are`]),
    ...(names(true) === '' || options.documents ? [] : [`${names(true)}: with --documents they go too`]),
    ...classes.map((name) => `Weaviate class ${name}`),
    ...outside.map(
      ({ name, place }) =>
        `graph ${name} in ${place.in === 'neo4j' ? 'Neo4j' : 'FalkorDB'}, with nodes CoppiceFence, CoppiceGroup and CoppiceResult`,
    ),
    ...(options.keepSchedules ? ['schedules of this installation in Temporal'] : []),
    `search attributes ${Object.keys(searchAttributes).join(' and ')} of namespace ${namespace}, and histories until they age`,
    'roles and what they were granted on your tables',
    ...(existsSync(config.dataDir) ? [`the data directory ${config.dataDir}`] : []),
    ...(config.file === null ? [] : [config.file]),
  ];
}
