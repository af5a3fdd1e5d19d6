import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import { viewLists } from '../../domain/access.ts';

/**
 * Removes a partition's name from the lists of all tokens, also of revoked ones. A token with nothing left to see is
 * revoked. Its list stays, empty: a token without any list would see everything.
 */
export async function forgetInTokens(tx: Tx, name: string): Promise<{ token_lists: number; revoked_tokens: number }> {
  const lists = Object.values(viewLists);
  const joined = (of: (list: string) => RawBuilder<unknown>, separator: RawBuilder<unknown>) =>
    sql.join(lists.map(of), separator);
  const { rows } = await sql<{ revoked: boolean }>`
    with before as (
      select id, revoked_at from coppice.tokens
      where ${joined((list) => sql`${name} = any(${sql.id(list)})`, sql` or `)} for update
    )
    update coppice.tokens t set
      ${joined((list) => sql`${sql.id(list)} = array_remove(${sql.id(list)}, ${name})`, sql`, `)},
      revoked_at = case when array_remove(${joined((list) => sql`coalesce(${sql.id(list)}, '{}')`, sql` || `)}, ${name}) = '{}'
        then coalesce(t.revoked_at, now()) else t.revoked_at end
    from before where before.id = t.id
    returning before.revoked_at is null and t.revoked_at is not null as revoked`.execute(tx);
  return { token_lists: rows.length, revoked_tokens: rows.filter(({ revoked }) => revoked).length };
}
