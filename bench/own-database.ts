import pg from 'pg';
import { createDatabase } from '../tools/servers/database.ts';
import type { Servers } from './servers.ts';

/** Does the work on a database of its own, once it is filled. No contestant waits for the statistics. */
export async function inOwnDatabase<T>(
  { postgresUrl }: Servers,
  fill: (client: pg.Client) => Promise<void>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const database = await createDatabase(postgresUrl);
  const client = new pg.Client({ connectionString: database.url });
  try {
    await client.connect();
    await fill(client);
    await client.query('analyze');
    return await work(database.url);
  } finally {
    await client.end();
    await database.drop();
  }
}
