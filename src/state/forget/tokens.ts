import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';

/**
 * Takes a partition's name out of the lists of what tokens may see, revoked ones too. A token with nothing left to see is
 * revoked. Its list stays, empty: none would mean that it sees everything.
 */
export async function forgetInTokens(tx: Tx, name: string): Promise<{ token_lists: number; revoked_tokens: number }> {
  const { rows } = await sql<{ revoked: boolean }>`
    with before as (
      select id, revoked_at from coppice.tokens where ${name} = any(workspaces) or ${name} = any(groups) for update
    )
    update coppice.tokens t set
      workspaces = array_remove(workspaces, ${name}),
      groups = array_remove(groups, ${name}),
      revoked_at = case when array_remove(coalesce(workspaces, '{}') || coalesce(groups, '{}'), ${name}) = '{}'
        then coalesce(t.revoked_at, now()) else t.revoked_at end
    from before where before.id = t.id
    returning before.revoked_at is null and t.revoked_at is not null as revoked`.execute(tx);
  return { token_lists: rows.length, revoked_tokens: rows.filter(({ revoked }) => revoked).length };
}
