import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import type { Subject } from './subject.ts';

/** Deletes pairs of the subject, and reasons that name it; how many pairs it was. */
export async function forgetMerges(tx: Tx, subject: Subject): Promise<number> {
  const of = subject.collection;
  const here = sql`(${of}::text is null or graph = ${of}::text)`;
  const theirs =
    subject.kind === 'partition'
      ? sql`group_id = ${subject.name}`
      : sql`(survivor = any(${[...subject.ids]}::text[]) or loser = any(${[...subject.ids]}::text[])
          or evidence -> 'ends' ?| ${[...subject.ids]}::text[])`;
  const pairs = await sql`delete from coppice.merges where ${here} and ${theirs}`.execute(tx);
  if (subject.kind === 'rows') {
    await sql`update coppice.merges set reason = null where ${here}
      and exists (select from unnest(${[...subject.ids]}::text[]) i where strpos(reason, i) > 0)`.execute(tx);
  }
  return Number(pairs.numAffectedRows ?? 0);
}
