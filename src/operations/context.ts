import type { Client } from '@temporalio/client';
import type { Parts } from '../assemble.ts';
import type { JobSettings } from '../config/config.ts';
import type { Db } from '../database/schema.ts';
import type { DatabaseParts } from '../database-parts.ts';
import type { View } from '../domain/access.ts';
import { requireSameName } from '../state/installation/installation-claim.ts';
import { isMigrated, NotMigratedError } from '../state/migrate.ts';
import { mayBeSeen } from '../state/runs/run-pages.ts';
import { findRun, type Run } from '../state/runs/runs.ts';
import { seenByJob } from './access/visible.ts';
import { unknownJob, unknownRun } from './errors.ts';
import { Fresh } from './monitoring/fresh.ts';

/**
 * Connections and configuration of operations. The Temporal server is reached at first use: many need only the
 * database.
 */
export interface Context<P extends DatabaseParts = Parts> {
  readonly parts: P;
  readonly namespace: string;
  /** Name of the caller, for the record. */
  readonly requestedBy: string;
  /** Partitions that the caller may see; without it, all. */
  readonly view?: View;
  /** Whether they see what the ledger holds of rows, not only the ids; without it, they do not. */
  readonly content?: boolean;
  client(): Promise<Client>;
  /** The context of the server that answers, whose answers all requests to it share (`SharedAnswer`); a command has none. */
  readonly server?: Context<P>;
}

/** The context of operations on Coppice's own tables. */
export type DatabaseContext = Context<DatabaseParts>;

/** Databases whose tables were found current: nothing makes them older again while this process lives. */
const migrated = new WeakSet<Db>();
const noSuchTable = '42P01';

/** How long a server takes its installation's name and number as read, in ms: they change with an uninstallation only. */
const installationFreshMs = 1_000;
const readByServer = new WeakMap<DatabaseContext, Fresh<string>>();

/** Id of the installation. Throws where there is none, or one of another name than the configuration's. */
export function installationOf(context: DatabaseContext): Promise<string> {
  const { server } = context;
  if (server === undefined) return readInstallation(context);
  const known = readByServer.get(server) ?? new Fresh(installationFreshMs, () => readInstallation(server));
  readByServer.set(server, known);
  return known.get();
}

async function readInstallation({ parts: { db, config } }: DatabaseContext): Promise<string> {
  if (!migrated.has(db)) {
    if (!(await isMigrated(db))) throw new NotMigratedError();
    migrated.add(db);
  }
  const row = await db
    .selectFrom('coppice.installation')
    .select(['id', 'name'])
    .executeTakeFirst()
    .catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === noSuchTable)) throw error;
      // Somebody has uninstalled meanwhile.
      migrated.delete(db);
      return undefined;
    });
  if (row === undefined) throw new NotMigratedError();
  requireSameName(row.name, config.installation);
  return row.id;
}

export function jobOf({ parts }: Pick<DatabaseContext, 'parts'>, id: string): JobSettings {
  const found = parts.config.jobs.find((one) => one.job.id === id);
  if (found === undefined)
    throw unknownJob(
      id,
      parts.config.jobs.map((one) => one.job.id),
    );
  return found;
}

export async function runOf(context: DatabaseContext, id: string): Promise<Run> {
  await installationOf(context);
  const { parts, requestedBy } = context;
  const run = await findRun(parts.db, id);
  const seen = seenByJob(context);
  if (run === null || (seen !== null && !(await mayBeSeen(parts.db, run.no, seen, requestedBy)))) throw unknownRun(id);
  return run;
}
