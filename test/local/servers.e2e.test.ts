import { chmodSync } from 'node:fs';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../tools/servers/database.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { serverUrl } from '../support/servers.ts';
import { isAlive, temporaryFolder } from './support.ts';

const log = () => {};

test.skipIf((await serverUrl('postgres')) === null)(
  'native PostgreSQL with pgvector: databases of their own, committed data outlive a crash',
  {
    timeout: 300_000,
  },
  async () => {
    const dir = temporaryFolder();
    chmodSync(dir, 0o755); // root's PostgreSQL runs as another user
    const first = await startPostgres({ dir, log });
    onTestFinished(() => first.stop());
    const database = await createDatabase(first.url);
    await query(database.url, 'CREATE TABLE kept AS SELECT $1::vector AS embedding', ['[1,2]']);
    await first.kill();
    expect(isAlive(first.pid)).toBe(false);

    const port = Number(new URL(first.url).port);
    const second = await startPostgres({ dir, port, log });
    onTestFinished(() => second.stop());
    expect(await query(database.url, 'SELECT embedding FROM kept')).toEqual([{ embedding: '[1,2]' }]);
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
  },
);

async function query(url: string, sql: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
