import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

/** Coppice's own tables that deletes leave holes in. */
const fixed = ['runs', 'run_partitions', 'dead_letters', 'holds', 'alerts', 'ledger_vectors'];

/** Those of them that this role owns, ledger tables included: only an owner may vacuum. */
export async function vacuumable(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'coppice' and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
      and (c.relname = any(${fixed}::text[]) or c.relname in (select name from coppice.ledger_tables))
    order by 1`.execute(db);
  return rows.map((row) => row.name);
}

/**
 * Gives room back and brings the planner's statistics up to date. Outside a transaction, as `VACUUM` wants it. The
 * embedded database, whose clients share one session, is only analysed.
 */
export async function vacuum(db: Db, name: string): Promise<void> {
  const { rows } = await sql<{ embedded: boolean }>`select version() like '%PGlite%' as embedded`.execute(db);
  const table = sql.id('coppice', name);
  await (rows[0]?.embedded === true ? sql`analyze ${table}` : sql`vacuum (analyze) ${table}`).execute(db);
}
