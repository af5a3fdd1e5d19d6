import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';

/** A start that takes longer than this has failed, and whoever made it cannot say so. */
const longestStartSeconds = 60;

/**
 * A place in the queue of runs that were asked for and have not begun, or `null` when it is full. A run has no record
 * before Temporal has started it, so until then its place stands for it: many who ask at once do not pass the limit.
 */
export function takePlace(db: Db, limit: number): Promise<string | null> {
  return boundedTransaction(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('coppice.starts', 0))`.execute(tx);
    await sql`delete from coppice.starts
      where asked_at < now() - make_interval(secs => ${longestStartSeconds}::float8)`.execute(tx);
    const { rows } = await sql<{ waiting: number }>`
      select (select count(*) from coppice.runs where status = 'pending')
        + (select count(*) from coppice.starts) as waiting`.execute(tx);
    if ((rows[0]?.waiting ?? 0) >= limit) return null;
    const id = randomUUID();
    await tx.insertInto('coppice.starts').values({ id }).execute();
    return id;
  });
}

export async function leaveQueue(db: Db, place: string): Promise<void> {
  await db.deleteFrom('coppice.starts').where('id', '=', place).execute();
}
