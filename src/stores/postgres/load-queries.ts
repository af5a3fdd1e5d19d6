import { sql } from 'kysely';
import { tableRef } from '../../database/identifiers.ts';
import type { Db } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';

/** A question as it is written to the table of the default schema. */
export interface LoadedQuery {
  readonly id: string;
  readonly user: string;
  readonly question: string;
  readonly answer?: string | null | undefined;
  readonly asked_at?: string | null | undefined;
  readonly answer_score?: number | null | undefined;
  readonly vector?: readonly number[] | null | undefined;
}

/**
 * Writes questions into a table of the default schema in one statement; one of the same user with the same id is replaced.
 * Returns the user of each id that was written: a question does not move from one user to another.
 */
export async function loadQueryRows(
  db: Db,
  mapping: CollectionMapping,
  queries: readonly LoadedQuery[],
): Promise<ReadonlyMap<string, string>> {
  const byId = new Map<string, LoadedQuery>();
  for (const one of queries) {
    // Of an id that occurs twice the last one counts, as if they were written one after the other.
    if ((byId.get(one.id)?.user ?? one.user) === one.user) byId.set(one.id, one);
  }
  const rows = [...byId.values()].map(({ user, vector, ...one }) => {
    return { ...one, user_id: user, embedding: vector == null ? null : JSON.stringify(vector) };
  });
  const { rows: written } = await sql<{ id: string; user: string }>`
    insert into ${tableRef(mapping.table)} as t (id, user_id, question, answer, asked_at, answer_score, embedding)
    select q.id, q.user_id, q.question, q.answer, coalesce(q.asked_at, now()), q.answer_score, q.embedding::vector
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as q (id text, user_id text, question text, answer text,
      asked_at timestamptz, answer_score double precision, embedding text)
    on conflict (id) do update set question = excluded.question, answer = excluded.answer, asked_at = excluded.asked_at,
      answer_score = excluded.answer_score, embedding = excluded.embedding
    where t.user_id = excluded.user_id
    returning t.id, t.user_id as user`.execute(db);
  return new Map(written.map(({ id, user }) => [id, user]));
}
