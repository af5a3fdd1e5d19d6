import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import { resultTable } from './tables.ts';

/** A user of whom something was extracted. The digest stands for the name where names may not be kept. */
export interface KnownUser {
  readonly user: string;
  readonly digest: string;
}

/** In the order of their digests. */
export async function usersAfter(
  db: Db,
  collection: string,
  after: string,
  limit: number,
): Promise<readonly KnownUser[]> {
  const { rows } = await sql<KnownUser>`
    select "user", digest from (
      select user_id as "user", encode(sha256(convert_to(user_id, 'UTF8')), 'hex') as digest
      from ${resultTable('topic_extractions')} where collection = ${collection} group by user_id) u
    where digest > ${after} order by digest limit ${limit}`.execute(db);
  return rows;
}

/** `null`: nothing was extracted of such a user. */
export async function userOfDigest(db: Db, collection: string, digest: string): Promise<string | null> {
  const { rows } = await sql<{ user: string }>`
    select user_id as "user" from ${resultTable('topic_extractions')}
    where collection = ${collection} and encode(sha256(convert_to(user_id, 'UTF8')), 'hex') = ${digest} limit 1`.execute(
    db,
  );
  return rows[0]?.user ?? null;
}
