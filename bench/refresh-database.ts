import type { Client } from 'pg';
import { inOwnDatabase } from './own-database.ts';
import type { Servers } from './servers.ts';

export const workspaces = 3;

/** Choices of a benchmark for the database of a refresh. */
export interface Refreshable {
  readonly rows: number;
  /** Where the pages are, without what tells them apart. */
  readonly baseUrl: string;
}

/**
 * Does the work on a database of its own, whose documents are all near their end, with three chunks each. Nobody waits for
 * the statistics: they are there.
 */
export function inRefreshDatabase<T>(
  servers: Servers,
  { rows, baseUrl }: Refreshable,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const fill = async (client: Client) => {
    await client.query('create extension if not exists vector; create schema knowledge');
    await client.query(`create table knowledge.documents (id text primary key, workspace text, url text, title text,
      content text, content_hash text, quality real, fetched_at timestamptz, expires_at timestamptz)`);
    await client.query(`create table knowledge.chunks (id text not null, document_id text not null
      references knowledge.documents (id), text text, embedding vector, primary key (document_id, id))`);
    await client.query(
      `insert into knowledge.documents select 'd' || n, 'w' || n % $3, $1 || '/' || n, 'old', 'old text', 'old', 0.5, now(),
        now() + interval '1 day' from generate_series(1, $2::int) n`,
      [baseUrl, rows, workspaces],
    );
    await client.query(
      `insert into knowledge.chunks select c::text, 'd' || n, 'old text', array_fill(0.0625::real, array[256])::vector
        from generate_series(1, $1::int) n, generate_series(0, 2) c`,
      [rows],
    );
  };
  return inOwnDatabase(servers, fill, work);
}
