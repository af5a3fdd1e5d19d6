import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { stringify } from 'yaml';
import { assemble, type Parts } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openDatabase } from '../../src/database/database.ts';
import { startEmbeddedPostgres } from '../../src/local/embedded-postgres.ts';
import { migrateAll } from '../../src/prepare.ts';
import { createDatabase } from '../../tools/servers/database.ts';
import { describeWithServers } from './requires.ts';
import { type SharedServer, serverUrl } from './servers.ts';

export interface Place {
  readonly parts: Parts;
  close(): Promise<void>;
}

/** Parts on this database, as `coppice.yaml` with these settings would give them. */
async function connect(url: string, settings: object, env: Record<string, string>): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-load-'));
  const file = join(folder, 'coppice.yaml');
  writeFileSync(file, stringify(settings));
  const parts = await assemble(loadConfig({ ...env, DATABASE_URL: url, COPPICE_CONFIG: file }), url, 'test');
  await migrateAll(parts);
  return {
    parts,
    close: async () => {
      await parts.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function onNative(settings: object = {}, env: Record<string, string> = {}): Promise<Place> {
  const database = await createDatabase(String(await serverUrl('postgres')));
  const place = await connect(database.url, settings, env);
  return {
    ...place,
    close: async () => {
      await place.close();
      await database.drop();
    },
  };
}

export const onWeaviate = async () => {
  const vectors = { in: 'weaviate', class: `Load_${randomBytes(4).toString('hex')}` };
  return onNative({ collections: { documents: { vectors } } }, { WEAVIATE_URL: String(await serverUrl('weaviate')) });
};

/** A server that gives every test tables of its own. */
interface Host {
  fresh(): Promise<Place>;
  stop(): Promise<void>;
}

const running = (fresh: () => Promise<Place>): Host => ({ fresh, stop: async () => {} });

async function embeddedHost(): Promise<Host> {
  const dataDir = mkdtempSync(join(tmpdir(), 'coppice-load-'));
  const database = await startEmbeddedPostgres({ dataDir, log: () => {} });
  return {
    fresh: async () => {
      const db = openDatabase({ url: database.url });
      await sql`drop schema if exists knowledge, coppice cascade`.execute(db);
      await db.destroy();
      return connect(database.url, {}, {});
    },
    stop: async () => {
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const hosts: [string, readonly SharedServer[], () => Promise<Host>][] = [
  ['native PostgreSQL', ['postgres'], async () => running(() => onNative())],
  ['the embedded database', [], embeddedHost],
  ['Weaviate', ['postgres', 'weaviate'], async () => running(onWeaviate)],
];

/** The same tests on every kind of place that documents can be loaded into, each test on empty tables. */
export function describeOnEveryPlace(what: string, tests: (parts: () => Parts) => void): void {
  for (const [name, servers, start] of hosts) {
    describeWithServers(`${what}: ${name}`, servers, () => {
      let host: Host;
      let place: Place;
      beforeAll(async () => {
        host = await start();
      });
      afterAll(() => host?.stop());
      beforeEach(async () => {
        place = await host.fresh();
      });
      afterEach(() => place?.close());
      tests(() => place.parts);
    });
  }
}
