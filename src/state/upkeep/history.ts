import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { ledgerParts } from './ledger.ts';

/**
 * Runs that ended so long ago that nobody needs their record: none that is open or may still be approved, and none of
 * which the ledger holds something, since its record says whose and how old that is.
 */
export async function agedRecords(db: Db, days: number, approvalHours: number, limit: number): Promise<number[]> {
  const parts = await ledgerParts(db);
  const held = parts.map(
    (part) => sql`exists (select from ${sql.id('coppice', part.name)} l where l.${sql.id(part.run)} = r.no)`,
  );
  const { rows } = await sql<{ no: number }>`
    select r.no from coppice.runs r
    where r.finished_at < now() - make_interval(secs => ${days}::float8 * 86400)
      and r.status not in ('pending', 'running')
      and (r.status <> 'held' or r.finished_at < now() - make_interval(hours => ${approvalHours}::int + 1))
      and not exists (select from coppice.runs u
        where u.undoes in (r.run_id, r.workflow_id) and u.status in ('pending', 'running'))
      and not (${sql.join(held, sql` or `)})
    order by r.no limit ${limit}`.execute(db);
  return rows.map((row) => row.no);
}

/** Deletes up to `limit` partitions of the runs, and the runs whose partitions are all gone. */
export async function deleteRecords(
  tx: Tx,
  runNos: readonly number[],
  limit: number,
): Promise<{ runs: number; partitions: number }> {
  const partitions = await sql`
    delete from coppice.run_partitions where ctid = any(array(
      select ctid from coppice.run_partitions where run_no = any(${runNos}::bigint[]) limit ${limit}))`.execute(tx);
  const runs = await sql`
    delete from coppice.runs r where r.no = any(${runNos}::bigint[])
      and not exists (select from coppice.run_partitions p where p.run_no = r.no)`.execute(tx);
  return { runs: Number(runs.numAffectedRows ?? 0), partitions: Number(partitions.numAffectedRows ?? 0) };
}

/** Dead letters that no run has met again for so long: their partition is fine, or gone, or nobody runs the job. */
export async function deleteDeadLetters(tx: Tx, days: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from coppice.dead_letters where id in (
      select id from coppice.dead_letters where last_at < now() - make_interval(secs => ${days}::float8 * 86400)
      limit ${limit})`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/** Alerts resolved long ago, old counts and bulk actions, expired sessions, free leases of undos whose run is gone, starts that never came to be. */
export async function deleteLeftovers(tx: Tx, days: number): Promise<{ alerts: number; leases: number }> {
  const alerts = await sql`
    delete from coppice.alerts where resolved_at < now() - make_interval(secs => ${days}::float8 * 86400)`.execute(tx);
  const leases = await sql`
    delete from coppice.leases l where l.run_id is null and (l.name like 'group:%' or l.name like 'undo:%'
      and not exists (select from coppice.runs r where l.name in ('undo:' || r.run_id, 'undo:' || r.workflow_id)))`.execute(
    tx,
  );
  await sql`delete from coppice.change_counts where hour < now() - make_interval(secs => ${days}::float8 * 86400)`.execute(
    tx,
  );
  await sql`delete from coppice.collection_days where day < current_date - interval '1 year'`.execute(tx);
  await sql`delete from coppice.console_links where expires_at < now()`.execute(tx);
  await sql`delete from coppice.console_sessions where expires_at < now()`.execute(tx);
  await sql`delete from coppice.bulk_actions where started_at < now() - make_interval(secs => ${days}::float8 * 86400)`.execute(
    tx,
  );
  await sql`delete from coppice.starts where asked_at < now() - interval '1 day'`.execute(tx);
  return { alerts: Number(alerts.numAffectedRows ?? 0), leases: Number(leases.numAffectedRows ?? 0) };
}
