import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import type { Db } from '../../src/database/schema.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/local/embedded-postgres.ts';
import { migrate } from '../../src/state/migrate.ts';
import { createDatabase, type TestDatabase } from '../../tools/servers/database.ts';
import { describeWithServers } from './requires.ts';
import { type SharedServer, serverTitles } from './servers.ts';

/** Servers of the whole test run, and the embedded database, which is started once for each file that uses it. */
export type ServerName = 'native' | Exclude<SharedServer, 'postgres'> | 'embedded';
export type DatabaseName = 'native' | 'embedded';

export interface Server {
  /** Address of the server; known in hooks and tests. */
  readonly url: string;
}

/** A suite on a real server. Where that cannot start, the suite is reported as skipped; `COPPICE_REQUIRE=all` fails it. */
export function describeOn(name: ServerName, title: string, body: (server: Server) => void): void {
  if (name === 'embedded') {
    const embedded = embeddedOfFile();
    describe(`${title} (embedded PostgreSQL)`, () => body(embedded));
    return;
  }
  const server = name === 'native' ? 'postgres' : name;
  describeWithServers(`${title} (${serverTitles[server]})`, [server], ([url = '']) => body({ url }));
}

export interface SuiteDatabase extends Server {
  readonly name: DatabaseName;
  readonly db: Db;
  /** A connection of its own, ended with the suite: on native PostgreSQL another session. */
  connect(): Promise<pg.Client>;
  /** Another pool, as another process has one. */
  pool(): Db;
}

/** A suite with an empty database of its own. `migrated`: with Coppice's tables. */
export function describeOnDatabase(
  name: DatabaseName,
  title: string,
  body: (database: SuiteDatabase) => void,
  options: { readonly migrated: boolean } = { migrated: true },
): void {
  describeOn(name, title, (server) => {
    let own: TestDatabase | undefined;
    let db: Db | undefined;
    const pools: Db[] = [];
    const clients: pg.Client[] = [];
    const url = () => own?.url ?? '';

    beforeAll(async () => {
      own = name === 'native' ? await createDatabase(server.url) : await emptied(server.url);
      db = openDatabase({ url: own.url });
      if (options.migrated) await migrate(db, async () => {});
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.end()));
      await Promise.all([...pools, ...(db === undefined ? [] : [db])].map((one) => one.destroy()));
      await own?.drop();
    });

    body({
      name,
      get url() {
        return url();
      },
      get db() {
        if (db === undefined) throw new Error('the database is there in hooks and tests only');
        return db;
      },
      connect: async () => {
        const client = new pg.Client({ connectionString: url() });
        client.on('error', () => {});
        clients.push(client);
        await client.connect();
        return client;
      },
      pool: () => {
        const one = openDatabase({ url: url() });
        pools.push(one);
        return one;
      },
    });
  });
}

/** Both kinds of PostgreSQL. */
export function describeOnDatabases(title: string, body: (database: SuiteDatabase) => void): void {
  describeOnDatabase('native', title, body);
  describeOnDatabase('embedded', title, body);
}

let started: Server | undefined;

/** The embedded database of this file: started by its first suite, stopped after its last. */
function embeddedOfFile(): Server {
  if (started !== undefined) return started;
  const dataDir = mkdtempSync(join(tmpdir(), 'coppice-test-'));
  let running: EmbeddedPostgres | undefined;
  beforeAll(async () => {
    running = await startEmbeddedPostgres({ dataDir, log: () => {} });
  });
  afterAll(async () => {
    await running?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  started = {
    get url() {
      return running?.url ?? '';
    },
  };
  return started;
}

/** The embedded server has one database: a suite gets it emptied. */
async function emptied(url: string): Promise<TestDatabase> {
  const db = openDatabase({ url });
  const { rows } = await sql<{ name: string }>`
    select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`.execute(db);
  for (const { name } of rows) await sql`drop schema ${sql.id(name)} cascade`.execute(db);
  await sql`create schema public`.execute(db);
  await sql`grant usage on schema public to public`.execute(db);
  await sql`create extension vector`.execute(db);
  await db.destroy();
  return { url, drop: async () => {} };
}
