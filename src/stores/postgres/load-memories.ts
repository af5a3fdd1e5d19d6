import { sql } from 'kysely';
import { tableRef } from '../../database/identifiers.ts';
import type { Db } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';

/** A memory as it is written to the table of the default schema. */
export interface LoadedMemory {
  readonly id: string;
  readonly user: string;
  readonly bot?: string | null | undefined;
  readonly content?: string | null | undefined;
  readonly content_hash?: string | null | undefined;
  readonly tier?: string | null | undefined;
  readonly score?: number | null | undefined;
  readonly created_at?: string | null | undefined;
  readonly last_accessed_at?: string | null | undefined;
  readonly access_count?: number | null | undefined;
  readonly pinned?: boolean | null | undefined;
  readonly links?: readonly string[] | null | undefined;
  readonly expires_at?: string | null | undefined;
  readonly vector?: readonly number[] | null | undefined;
}

const columns = sql.raw(
  `id, user_id, bot_id, content, content_hash, tier, score, created_at, last_accessed_at, access_count, pinned, links,
   expires_at, embedding`,
);

/**
 * Writes memories into a table of the default schema in one statement; one of the same user with the same id is replaced.
 * Returns the user of each id that was written: a memory does not move from one user to another.
 */
export async function loadMemoryRows(
  db: Db,
  mapping: CollectionMapping,
  memories: readonly LoadedMemory[],
): Promise<ReadonlyMap<string, string>> {
  const byId = new Map<string, LoadedMemory>();
  for (const one of memories) {
    // Of an id that occurs twice the last one counts, as if they were written one after the other.
    if ((byId.get(one.id)?.user ?? one.user) === one.user) byId.set(one.id, one);
  }
  const rows = [...byId.values()].map(({ user, bot, vector, ...one }) => {
    const embedding = vector == null ? null : JSON.stringify(vector);
    return { ...one, user_id: user, bot_id: bot ?? null, created_at: one.created_at ?? null, embedding };
  });
  const { rows: written } = await sql<{
    id: string;
    user: string;
  }>`insert into ${tableRef(mapping.table)} as t (${columns})
    select m.id, m.user_id, m.bot_id, m.content, m.content_hash, m.tier, m.score, coalesce(m.created_at, now()),
      m.last_accessed_at, m.access_count, m.pinned, m.links, m.expires_at, m.embedding::vector
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as m (id text, user_id text, bot_id text, content text,
      content_hash text, tier text, score double precision, created_at timestamptz, last_accessed_at timestamptz,
      access_count bigint, pinned boolean, links jsonb, expires_at timestamptz, embedding text)
    on conflict (id) do update set user_id = excluded.user_id, bot_id = excluded.bot_id, content = excluded.content,
      content_hash = excluded.content_hash, tier = excluded.tier, score = excluded.score, created_at = excluded.created_at,
      last_accessed_at = excluded.last_accessed_at, access_count = excluded.access_count, pinned = excluded.pinned,
      links = excluded.links, expires_at = excluded.expires_at, embedding = excluded.embedding
    where t.user_id = excluded.user_id
    returning t.id, t.user_id as user`.execute(db);
  return new Map(written.map(({ id, user }) => [id, user]));
}
