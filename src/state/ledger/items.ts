import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

/** Drops the items of a run: the ids that its survey bound it to. */
export async function dropItems(db: Db, runNo: number): Promise<void> {
  for (const name of await itemTables(db, runNo))
    await sql`drop table if exists ${sql.id('coppice', name)}`.execute(db);
}

async function itemTables(db: Db, runNo: number): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = 'coppice' and tablename ~ ${`^items_${runNo}_`}`.execute(db);
  return rows.map((row) => row.name);
}

/**
 * Drops items that nobody needs any more: of runs that ended without dropping theirs, and of held runs whose approval
 * would come too late.
 */
export async function dropStaleItems(db: Db, approvalHours: number): Promise<void> {
  const { rows } = await sql<{ no: number }>`
    select r.no from coppice.runs r
    where exists (select from pg_tables t where t.schemaname = 'coppice' and t.tablename ~ ('^items_' || r.no || '_'))
      and r.status not in ('pending', 'running')
      and (r.status <> 'held' or r.finished_at < now() - make_interval(hours => ${approvalHours} + 1))`.execute(db);
  for (const { no } of rows) await dropItems(db, no);
}
