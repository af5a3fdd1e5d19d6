import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';

/** A database serves one installation: two configurations of different names would share its runs, leases and task queue. */
export class InstallationNameError extends Error {
  override readonly name = 'InstallationNameError';
  readonly hint =
    'Use a database of its own for the other installation, or rename this one: coppice adopt --rename NAME.';
  constructor(recorded: string, configured: string) {
    super(`this database belongs to installation '${recorded}', and the configuration names '${configured}'`);
  }
}

/** Workers of a configuration with another `schedule_prefix` run on this database. */
export class SchedulePrefixError extends Error {
  override readonly name = 'SchedulePrefixError';
  readonly hint =
    'Two configurations: give each a database of its own. One configuration whose prefix was changed: stop its workers and start them again, or run coppice schedules apply --move.';
  constructor(recorded: string, configured: string) {
    super(
      `schedules of this database have the prefix '${recorded}', the configuration has '${configured}' (temporal.schedule_prefix), and workers with another prefix run`,
    );
  }
}

export interface Claim {
  /** `null`: the configuration gives no name. */
  readonly name: string | null;
  readonly schedulePrefix: string;
}

/** A worker that was not heard of for so long does not run. */
const silenceSeconds = 20;

/** Throws `InstallationNameError` where the database belongs to an installation of another name. */
export async function requireName(db: Db | Tx, name: string | null): Promise<void> {
  if (name === null) return;
  const row = await db.selectFrom('coppice.installation').select('name').executeTakeFirst();
  requireSameName(row?.name ?? null, name);
}

/** The same for a recorded name that was read already. */
export function requireSameName(recorded: string | null, configured: string | null): void {
  if (recorded !== null && configured !== null && recorded !== configured)
    throw new InstallationNameError(recorded, configured);
}

/**
 * Throws `SchedulePrefixError` where another prefix is recorded and workers of another prefix run.
 *
 * @returns whether another prefix is recorded
 */
export async function requirePrefix(db: Db, schedulePrefix: string): Promise<boolean> {
  const { rows } = await sql<{ recorded: string | null; others: boolean }>`
    select i.schedule_prefix as recorded, exists (select from coppice.workers
      where stopped_at is null and seen_at > now() - make_interval(secs => ${silenceSeconds})
        and schedule_prefix <> ${schedulePrefix}) as others
    from coppice.installation i`.execute(db);
  const { recorded = null, others = false } = rows[0] ?? {};
  if (recorded === null || recorded === schedulePrefix) return false;
  if (others) throw new SchedulePrefixError(recorded, schedulePrefix);
  return true;
}

/**
 * Makes the database that of this configuration, where it belongs to no other. Of several that start at once on a new
 * database, the first is recorded. A changed prefix is recorded by `recordPrefix`, once the schedules have it.
 *
 * @returns whether another prefix is recorded
 */
export async function claimInstallation(db: Db, { name, schedulePrefix }: Claim): Promise<boolean> {
  const table = db.updateTable('coppice.installation');
  await table.set({ schedule_prefix: schedulePrefix }).where('schedule_prefix', 'is', null).execute();
  const moved = await requirePrefix(db, schedulePrefix);
  if (name !== null) await table.set({ name }).where('name', 'is', null).execute();
  await requireName(db, name);
  return moved;
}

export async function recordPrefix(db: Db, schedulePrefix: string): Promise<void> {
  await db.updateTable('coppice.installation').set({ schedule_prefix: schedulePrefix }).execute();
}

export async function renameInstallation(db: Db, name: string): Promise<void> {
  await db.updateTable('coppice.installation').set({ name }).execute();
}
