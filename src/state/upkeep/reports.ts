import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';

/** Deletes up to `limit` reports that were replaced longer ago than the ledger is kept. */
export async function deleteFormerReports(tx: Tx, days: number, limit: number): Promise<number> {
  const deleted = await sql`
    delete from coppice.former_reports where id = any(array(
      select id from coppice.former_reports where replaced_at < now() - make_interval(secs => ${days}::float8 * 86400)
      limit ${limit}))`.execute(tx);
  return Number(deleted.numAffectedRows ?? 0);
}
