import type { Client } from 'pg';
import { inOwnDatabase } from './own-database.ts';
import type { Servers } from './servers.ts';

/** Lines of each profile, of which the first two say the same. */
export const linesOfProfile = 10;

/** Does the work on a database of its own, with so many profiles of ten lines. */
export function inProfileDatabase<T>(
  servers: Servers,
  profiles: number,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const fill = async (client: Client) => {
    await client.query('create schema knowledge');
    await client.query(`create table knowledge.profiles (id text primary key default gen_random_uuid()::text, entity_id text,
      entity_type text, bot_id text, category text, key text, value text, confidence float8, source text,
      updated_at timestamptz default now(), expires_at timestamptz)`);
    await client.query('create index on knowledge.profiles (entity_id)');
    await client.query(
      `insert into knowledge.profiles (entity_id, entity_type, category, key, value, confidence, source, updated_at)
        select 'e' || p, 'user', 'interest', case when n <= 2 then 'likes' else 'topic_' || n end,
          case n when 1 then 'likes strong coffee' when 2 then 'enjoys strong coffee in the morning'
            else 'reads about subject ' || n || ' at home' end,
          0.5, 'chat', timestamptz '2026-01-01' + n * interval '1 day'
        from generate_series(1, $1::int) p, generate_series(1, $2::int) n`,
      [profiles, linesOfProfile],
    );
  };
  return inOwnDatabase(servers, fill, work);
}
