import { sql } from 'kysely';
import type { Db } from '../../../src/database/schema.ts';

/**
 * Writes down, in the transactions themselves, who drew which epoch of a partition and who committed under it. The
 * fence holds the partition's row from its check to the commit, so the notes of one partition are in the order in which
 * things happened. Sessions are told apart by their application name, of which every worker has its own.
 */
export async function installAudit(db: Db): Promise<void> {
  for (const statement of [
    'create schema chaos',
    `create table chaos.notes (
       no bigint generated always as identity primary key, kind text, collection text, partition text,
       epoch bigint, worker text default current_setting('application_name'), leased boolean)`,
    `create function chaos.note_draw() returns trigger language plpgsql as $$ begin
       insert into chaos.notes (kind, collection, partition, epoch)
       values ('draw', new.collection, new.partition, new.epoch);
       return null;
     end $$`,
    `create function chaos.note_commit() returns trigger language plpgsql as $$ begin
       insert into chaos.notes (kind, collection, partition, epoch, leased)
       select 'commit', new.collection, new.partition, l.epoch,
         exists (select from coppice.leases where run_id = l.run_id or run_id = r.run_id)
       from coppice.partition_locks l, coppice.runs r
       where l.collection = new.collection and l.partition = new.partition and r.no = new.run_no;
       return null;
     end $$`,
    `create trigger chaos_draw after insert or update of epoch on coppice.partition_locks
       for each row execute function chaos.note_draw()`,
    `create trigger chaos_commit after update of progress on coppice.run_partitions
       for each row when (new.progress > old.progress) execute function chaos.note_commit()`,
  ]) {
    await sql.raw(statement).execute(db);
  }
}

/** Commits by another worker than the one that drew the partition's epoch last, or by a run without a lease. */
export async function strayCommits(db: Db): Promise<string[]> {
  const { rows } = await sql<{ partition: string; epoch: number; worker: string; drawn_by: string | null }>`
    select c.partition, c.epoch, c.worker, d.worker as drawn_by from chaos.notes c left join lateral (
      select d.worker, d.epoch from chaos.notes d
      where d.kind = 'draw' and d.collection = c.collection and d.partition = c.partition and d.no < c.no
      order by d.no desc limit 1) d on true
    where c.kind = 'commit' and (d.worker is distinct from c.worker or d.epoch is distinct from c.epoch or not c.leased)`.execute(
    db,
  );
  await sql`truncate chaos.notes`.execute(db);
  return rows.map(
    (row) => `${row.worker} committed to '${row.partition}' under epoch ${row.epoch}, drawn by ${row.drawn_by}`,
  );
}
