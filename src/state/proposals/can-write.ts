import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

/** Whether proposals can be stored: the table exists, the role may write to it, and the database takes writes. */
export async function canWriteProposals(db: Db): Promise<boolean> {
  const { rows } = await sql<{ can: boolean }>`
    select t.oid is not null and has_table_privilege(t.oid, 'insert') and has_table_privilege(t.oid, 'update')
      and current_setting('transaction_read_only') = 'off' and not pg_is_in_recovery() as can
    from (select to_regclass('coppice.proposals')::oid as oid) t`.execute(db);
  return rows[0]?.can === true;
}
