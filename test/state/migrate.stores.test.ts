import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/schema.ts';
import { ensureInstallation } from '../../src/state/installation/installation.ts';
import { isMigrated, migrate } from '../../src/state/migrate.ts';
import { describeOnDatabase, type SuiteDatabase } from '../support/stores.ts';

const script = fileURLToPath(new URL('./migrate-once.ts', import.meta.url));
const first = '0001-initial';
const emptied = (db: Db) => sql`drop schema if exists coppice cascade`.execute(db);
const tablesOf = async (db: Db) => {
  const { rows } = await sql<{ line: string }>`
    select table_name || '.' || column_name || ' ' || data_type as line from information_schema.columns
    where table_schema = 'coppice' order by line`.execute(db);
  return rows.map((row) => row.line);
};

function migrateSuite(database: SuiteDatabase): void {
  test('makes the tables once; again it changes nothing', async () => {
    const { db } = database;
    await emptied(db);
    expect(await isMigrated(db)).toBe(false);
    expect((await migrate(db, async () => {})).applied).toContain(first);
    const tables = await tablesOf(db);
    expect(await isMigrated(db)).toBe(true);
    expect(await migrate(db, async () => {})).toEqual({ applied: [] });
    expect(await tablesOf(db)).toEqual(tables);
  });

  test('a database of a later release is left as it is, and lacks nothing', async () => {
    const { db } = database;
    await emptied(db);
    await migrate(db, async () => {});
    const [earlier, later] = ['0018-of-a-later-release', '9999-of-a-later-release'];
    await sql`insert into coppice.migrations select n, now()::text from unnest(${[earlier, later]}::text[]) n`.execute(
      db,
    );
    expect(await migrate(db, async () => {})).toEqual({ applied: [] });
    expect(await isMigrated(db)).toBe(true);
    const { rows } = await sql`select from coppice.migrations where name in (${earlier}, ${later})`.execute(db);
    expect(rows).toHaveLength(2);
  });

  test('several pools at once: one applies, all succeed, and what they do alongside waits its turn', async () => {
    await emptied(database.db);
    let inside = 0;
    let most = 0;
    const alongside = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const results = await Promise.all([1, 2, 3, 4].map(() => migrate(database.pool(), alongside)));
    expect(results.filter((result) => result.applied.includes(first))).toHaveLength(1);
    expect(results.filter((result) => result.applied.length === 0)).toHaveLength(3);
    expect(most).toBe(1);
  });

  test('a failure in the same transaction rolls the migration back', async () => {
    const { db } = database;
    await emptied(db);
    await expect(migrate(db, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
    expect(await isMigrated(db)).toBe(false);
    expect(await tablesOf(db)).toEqual([]);
  });

  test('the installation has one id, however many ask for it first', async () => {
    await migrate(database.db, async () => {});
    const ids = await Promise.all([1, 2, 3, 4].map(() => ensureInstallation(database.pool())));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}$/);
  });
}

for (const name of ['native', 'embedded'] as const) {
  describeOnDatabase(name, 'migrations', migrateSuite, { migrated: false });
}

describeOnDatabase(
  'native',
  'migrations of processes that start together',
  (database) => {
    test('one applies, both succeed', async () => {
      const processes = [1, 2].map(() => promisify(execFile)(process.execPath, [script, database.url]));
      const applied = (await Promise.all(processes)).map(({ stdout }): unknown => JSON.parse(stdout));
      expect(applied).toHaveLength(2);
      expect(applied).toContainEqual([]);
      expect(applied).toContainEqual(expect.arrayContaining([first]));
      expect(await isMigrated(database.db)).toBe(true);
    });
  },
  { migrated: false },
);
