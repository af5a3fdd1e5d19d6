import { sql } from 'kysely';
import { ownSchedules } from '../schedules.ts';
import { adoptDatabase } from '../state/installation.ts';
import type { Db } from '../state/schema.ts';
import { type Context, installationOf } from './context.ts';

export interface AdoptJson {
  readonly installation: string;
  /** Ids of the schedules that were paused. */
  readonly paused: readonly string[];
  /** Runs whose work stays with the original. */
  readonly closed_runs: number;
}

const note = 'Paused by coppice adopt: look at coppice doctor --drift first, then resume.';

/**
 * A copy or a restored dump becomes an installation's database. What it holds may be older than what other stores hold,
 * so nothing starts by itself until a person has looked. `anew`: the original goes on, and this is another installation.
 */
export async function adopt(context: Context, options: { readonly anew: boolean }): Promise<AdoptJson> {
  const { db } = context.parts;
  const former = await installationOf(context);
  const paused = options.anew ? [] : await pauseSchedules(context, former);
  const closed = options.anew ? await leaveRuns(db) : 0;
  return { installation: await adoptDatabase(db, options.anew), paused, closed_runs: closed };
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
    const error = { name: 'WorkflowEndedError', message: 'the run went on in the original database', hint: null };
    const result = await tx
      .updateTable('coppice.runs')
      .set({ status: 'cancelled', finished_at: sql<Date>`now()`, error: JSON.stringify(error) })
      .where('status', 'in', ['pending', 'running'])
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  });
}
