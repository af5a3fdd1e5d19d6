import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { ownSchedules } from '../../schedules.ts';
import { adoptAsNew, adoptDatabase } from '../../state/installation/installation.ts';
import { renameInstallation } from '../../state/installation/installation-claim.ts';
import { isMigrated, NotMigratedError } from '../../state/migrate.ts';
import { type Context, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export interface AdoptJson {
  readonly installation: string;
  /** Ids of the schedules that were paused. */
  readonly paused: readonly string[];
  /** Runs whose work stays with the original. */
  readonly closed_runs: number;
}

const note = 'Paused by coppice adopt: look at coppice doctor --drift first, then resume.';

/**
 * A copy or a restored dump becomes an installation's database. Its data may be older than that of other stores, so
 * nothing starts by itself until a person has decided. `anew`: the original goes on, and this is another installation.
 */
export async function adopt(context: Context, options: { readonly anew: boolean }): Promise<AdoptJson> {
  const { db } = context.parts;
  if (options.anew) {
    await requireMigrated(db);
    const closed_runs = await leaveRuns(db);
    return { installation: await adoptAsNew(db, context.parts.config.installation), paused: [], closed_runs };
  }
  const paused = await pauseSchedules(context, await installationOf(context));
  return { installation: await adoptDatabase(db), paused, closed_runs: 0 };
}

/** Gives the installation the name that the configuration has, which the caller repeats so that no other is meant. */
export async function rename({ parts }: Context, name: string): Promise<{ readonly name: string }> {
  if (parts.config.installation !== name) {
    const hint = 'Set `installation` in coppice.yaml (or COPPICE_INSTALLATION) to the new name first.';
    throw new OperationError('usage', 'InstallationNameError', `the configuration does not name '${name}'`, hint);
  }
  await requireMigrated(parts.db);
  await renameInstallation(parts.db, name);
  return { name };
}

async function requireMigrated(db: Db): Promise<void> {
  if (!(await isMigrated(db))) throw new NotMigratedError();
}

async function pauseSchedules(context: Context, installation: string): Promise<string[]> {
  const client = await context.client();
  const paused: string[] = [];
  for await (const { scheduleId, state } of ownSchedules(client, installation)) {
    if (state.paused) continue;
    await client.schedule.getHandle(scheduleId).pause(note);
    paused.push(scheduleId);
  }
  return paused.sort();
}

/** Their workflows belong to the original. Here they hold nothing any more. */
async function leaveRuns(db: Db): Promise<number> {
  return db.transaction().execute(async (tx) => {
    for (const table of ['leases', 'partition_locks']) {
      await sql`update ${sql.id('coppice', table)} set run_id = null, workflow_id = null, namespace = null`.execute(tx);
    }
    const error = { name: 'WorkflowEndedError', message: 'the run continued in the original database', hint: null };
    const result = await tx
      .updateTable('coppice.runs')
      .set({ status: 'cancelled', finished_at: sql<Date>`now()`, error: JSON.stringify(error) })
      .where('status', 'in', ['pending', 'running'])
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  });
}
