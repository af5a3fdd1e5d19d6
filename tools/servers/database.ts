import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  /** Throws its clients out first. */
  drop(): Promise<void>;
}

/** A new, empty database with pgvector on the server of `url`: tests side by side do not meet. */
export async function createDatabase(
  url: string,
  name = `coppice_${randomBytes(8).toString('hex')}`,
): Promise<TestDatabase> {
  await execute(url, `CREATE DATABASE ${name}`);
  const database = new URL(url);
  database.pathname = `/${name}`;
  await execute(database.href, 'CREATE EXTENSION vector');
  return { url: database.href, drop: () => execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
