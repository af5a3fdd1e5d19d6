import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

/** Whom to forget: all of a partition, or single rows. */
export type Subject =
  | { readonly kind: 'partition'; readonly name: string; readonly collection: string | null }
  | { readonly kind: 'rows'; readonly ids: readonly string[]; readonly collection: string | null };

/** Runs that hold or may still use something of the subject; oldest first. */
export async function runsAtWork(db: Db, subject: Subject): Promise<string[]> {
  const { rows } =
    subject.kind === 'partition'
      ? await sql<{ id: string }>`
        select r.run_id as id from coppice.runs r
        where r.status in ('pending', 'running') and exists (select from coppice.run_partitions p
          where p.run_no = r.no and p.partition = ${subject.name} and p.state in ('waiting', 'working')
            and (${subject.collection}::text is null or p.collection = ${subject.collection}::text))
        union
        select l.run_id from coppice.partition_locks l
        where l.partition = ${subject.name} and l.run_id is not null
          and (${subject.collection}::text is null or l.collection = ${subject.collection}::text)`.execute(db)
      : await sql<{ id: string }>`
        select run_id as id from coppice.runs where status in ('pending', 'running') and kind in ('sweep', 'undo')
        order by no`.execute(db);
  return rows.map((row) => row.id);
}

/** Where in the ledger the partition stands: a run, and the partition's number in it. */
export interface Place {
  readonly runNo: number;
  readonly no: number;
  readonly collection: string;
}

export async function placesOf(db: Db, subject: Extract<Subject, { kind: 'partition' }>): Promise<Place[]> {
  const { rows } = await sql<Place>`
    select run_no as "runNo", no, collection from coppice.run_partitions
    where partition = ${subject.name}
      and (${subject.collection}::text is null or collection = ${subject.collection}::text)
    order by 1, 2`.execute(db);
  return rows;
}
