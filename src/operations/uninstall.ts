import { existsSync } from 'node:fs';
import type { TableName } from '../domain/mapping.ts';
import { type Catalogue, deleteSchedule, ownScheduleIds } from '../schedules.ts';
import { ownTables } from '../state/own-tables.ts';
import { openRuns } from '../state/runs.ts';
import { searchAttributes } from '../temporal/names.ts';
import { closeEndedRuns } from './close-ended.ts';
import type { Context } from './context.ts';
import { tableExists } from './grants/catalogue.ts';
import { tablesOf } from './grants/table-uses.ts';
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
  if (runs) {
    if (!options.keepSchedules) await context.client();
    await closeEndedRuns(context);
    const [open] = await openRuns(parts.db);
    if (open !== undefined) throw runIsOpen(open.run_id);
  }
  const schedules = options.keepSchedules ? [] : await schedulesOf(context, installation);
  const loses = runs ? await lossesOf(parts) : noLosses;
  const kept = [];
  if (options.yes) {
    await rehearseDrop(parts.db, tables);
    for (const id of schedules) await deleteSchedule(await context.client(), id);
    kept.push(...(await dropTables(parts.db, tables)));
  }
  return {
    done: options.yes,
    installation,
    removes: { schedules, tables: tables.map(({ schema, name }) => `${schema}.${name}`) },
    loses,
    leaves: [...kept, ...leftovers(context, options)],
  };
}

async function installationIn({ parts }: Context): Promise<string | null> {
  const row = await parts.db.selectFrom('coppice.installation').select('id').executeTakeFirst();
  return row?.id ?? null;
}

async function schedulesOf(context: Context, installation: string | null): Promise<string[]> {
  if (installation === null) return [];
  const { jobs, collections, temporal } = context.parts.config;
  const catalogue: Catalogue = { installation, jobs, collections, prefix: temporal.schedulePrefix };
  return ownScheduleIds(await context.client(), catalogue);
}

/** Tables that Coppice made for documents, where they stand. */
async function documentTables({ parts }: Context): Promise<TableName[]> {
  const found = [];
  for (const { table, coppiceMakes } of parts.config.collections.flatMap(tablesOf)) {
    if (coppiceMakes && (await tableExists(parts.db, table))) found.push(table);
  }
  return found;
}

function leftovers({ parts: { config }, namespace }: Context, options: UninstallOptions): string[] {
  const uses = config.collections.flatMap(tablesOf);
  const names = (coppiceMakes: boolean) =>
    [
      ...new Set(
        uses.filter((use) => use.coppiceMakes === coppiceMakes).map(({ table: t }) => `${t.schema}.${t.name}`),
      ),
    ].join(', ');
  const classes = config.collections.flatMap(({ vectors }) => (vectors.in === 'weaviate' ? [vectors.class] : []));
  return [
    ...(names(false) === '' ? [] : [`${names(false)}, as they are`]),
    ...(names(true) === '' || options.documents ? [] : [`${names(true)}: with --documents they go too`]),
    ...classes.map((name) => `Weaviate class ${name}`),
    ...(options.keepSchedules ? ['schedules of this installation in Temporal'] : []),
    `search attributes ${Object.keys(searchAttributes).join(' and ')} of namespace ${namespace}, and histories until they age`,
    'roles and what they were granted on your tables',
    ...(existsSync(config.dataDir) ? [`the data directory ${config.dataDir}`] : []),
    ...(config.file === null ? [] : [config.file]),
  ];
}
