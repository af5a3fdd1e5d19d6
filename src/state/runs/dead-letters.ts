import { type Selectable, sql } from 'kysely';
import type { Db, DeadLettersTable, Tx } from '../../database/schema.ts';
import type { ErrorJson } from '../../domain/run.ts';
import { partitionKey } from '../locks/key.ts';
import type { PartitionName } from '../locks/partition-locks.ts';
import { isSeen, type Seen } from './seen.ts';

export type DeadLetter = Selectable<DeadLettersTable>;

export interface NewDeadLetter extends PartitionName {
  readonly job: string;
  readonly runId: string;
  readonly attempts: number;
  readonly error: ErrorJson;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A partition is given up. Unique by job and partition: given up again, it keeps its id and counts on. */
export async function putDeadLetter(tx: Tx, letter: NewDeadLetter): Promise<void> {
  const error = JSON.stringify(letter.error);
  const parameters = JSON.stringify(letter.parameters);
  await tx
    .insertInto('coppice.dead_letters')
    .values({
      job: letter.job,
      key: partitionKey(letter.collection, letter.partition),
      collection: letter.collection,
      partition: letter.partition,
      run_id: letter.runId,
      attempts: letter.attempts,
      error,
      parameters,
    })
    .onConflict((conflict) =>
      conflict.columns(['job', 'key']).doUpdateSet({
        run_id: letter.runId,
        attempts: (eb) => eb('coppice.dead_letters.attempts', '+', letter.attempts),
        error,
        parameters,
        last_at: sql<Date>`now()`,
      }),
    )
    .execute();
}

/**
 * Nothing is due any more in these partitions (extended, deleted, or moved), so there is nothing to try again. With
 * `ids` only those letters are looked at.
 */
export async function resolveIdleLetters(
  tx: Tx,
  run: { readonly job: string; readonly runNo: number },
  { ids, key }: { readonly ids: readonly string[] | null; readonly key: string | null },
): Promise<void> {
  await sql`delete from coppice.dead_letters d
    where d.job = ${run.job} and (${ids}::text[] is null or d.id = any(${ids}::text[]))
      and (${key}::text is null or d.key = ${key}::text)
      and not exists (select from coppice.run_partitions p
        where p.run_no = ${run.runNo} and p.collection = d.collection and p.partition = d.partition)`.execute(tx);
}

export function listDeadLetters(db: Db, job: string | null, seen: Seen = null): Promise<DeadLetter[]> {
  let query = db.selectFrom('coppice.dead_letters').selectAll().orderBy('last_at', 'desc').limit(1000);
  if (job !== null) query = query.where('job', '=', job);
  if (seen !== null) query = query.where(isSeen(seen, sql`job`, sql`partition`));
  return query.execute();
}

export async function findDeadLetters(db: Db, ids: readonly string[]): Promise<DeadLetter[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('coppice.dead_letters')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
}

export async function dropDeadLetter(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom('coppice.dead_letters').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}
