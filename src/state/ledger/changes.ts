import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { Retention } from '../upkeep/ledger.ts';

/** Tables with the former values of runs that changed rows, whichever collection they are of. */

interface ChangesOfRun {
  readonly name: string;
  readonly runNo: number;
}

async function changesTables(db: Db, where: RawBuilder<boolean>): Promise<ChangesOfRun[]> {
  const { rows } = await sql<ChangesOfRun>`
    select t.name, t."runNo" from (
      select tablename as name, substring(tablename from '^changes_([0-9]+)_')::int8 as "runNo"
      from pg_tables where schemaname = 'coppice' and tablename ~ '^changes_[0-9]+_'
    ) t left join coppice.runs r on r.no = t."runNo" where ${where}`.execute(db);
  return rows;
}

async function drop(db: Db, tables: readonly ChangesOfRun[]): Promise<number> {
  for (const { name } of tables) await sql`drop table if exists ${sql.id('coppice', name)}`.execute(db);
  return tables.length;
}

/**
 * Drops the former values of earlier runs of the job with the same lease, once a later one has ended: what they hold was
 * written over. So a job that changes a million rows every night costs the room of one night.
 *
 * @param leaseBy the parameter by which runs of the job have leases of their own, if any
 */
export async function dropSupersededChanges(db: Db, runNo: number, leaseBy: string | null): Promise<number> {
  const parameter = leaseBy ?? '';
  return drop(
    db,
    await changesTables(
      db,
      sql`t."runNo" < ${runNo} and r.status not in ('pending', 'running') and exists (
        select from coppice.runs own where own.no = ${runNo} and own.job = r.job
          and own.parameters ->> ${parameter}::text is not distinct from r.parameters ->> ${parameter}::text)
        and not exists (select from coppice.runs u
          where u.undoes in (r.run_id, r.workflow_id) and u.status in ('pending', 'running'))`,
    ),
  );
}

/** Drops those of runs whose record is gone, or which ended longer ago than their job's ledger is kept. */
export async function dropAgedChanges(db: Db, { days, otherwise }: Retention): Promise<number> {
  const kept = sql`coalesce((${JSON.stringify(days)}::jsonb ->> r.job)::float8, ${otherwise}::float8)`;
  return drop(
    db,
    await changesTables(
      db,
      sql`r.no is null or (r.finished_at < now() - make_interval(secs => ${kept} * 86400) and not exists (
        select from coppice.runs u where u.undoes in (r.run_id, r.workflow_id) and u.status in ('pending', 'running')))`,
    ),
  );
}

/** Bytes on disk of all of them. */
export async function changesSize(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select coalesce(sum(pg_total_relation_size(format('coppice.%I', tablename)::regclass)), 0)::int8 as bytes
    from pg_tables where schemaname = 'coppice' and tablename ~ '^changes_[0-9]+_'`.execute(db);
  return rows[0]?.bytes ?? 0;
}

/** Deletes what is kept of these rows. */
export async function forgetChanges(tx: Tx, collection: string | null, ids: readonly string[]): Promise<void> {
  for (const { name } of await changesTables(tx, isOf(collection))) {
    await sql`delete from ${sql.id('coppice', name)} where row_id = any(${[...ids]}::text[])`.execute(tx);
  }
}

/** Deletes what is kept of a partition, with the scores that its rows decay from. Before its name leaves the records. */
export async function forgetChangesOfPartition(tx: Tx, collection: string | null, partition: string): Promise<void> {
  for (const { name, runNo } of await changesTables(tx, isOf(collection))) {
    const table = sql.id('coppice', name);
    const parts = sql`select no, collection from coppice.run_partitions
      where run_no = ${runNo} and partition = ${partition} and ${name} = format('changes_%s_%s', run_no, collection)`;
    await sql`delete from coppice.decay_bases b using ${table} c, (${parts}) p
      where c.part = p.no and b.collection = p.collection and b.row_id = c.row_id`.execute(tx);
    await sql`delete from ${table} c using (${parts}) p where c.part = p.no`.execute(tx);
  }
}

function isOf(collection: string | null): RawBuilder<boolean> {
  return sql`(${collection}::text is null or t.name = format('changes_%s_%s', t."runNo", ${collection}::text))`;
}
