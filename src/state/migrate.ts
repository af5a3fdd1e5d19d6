import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Db, Tx } from '../database/schema.ts';
import * as initial from './migrations/0001-initial.ts';
import * as identity from './migrations/0002-identity.ts';
import * as runsWithoutLedger from './migrations/0003-runs-without-ledger.ts';
import * as tokens from './migrations/0004-tokens.ts';
import * as refresh from './migrations/0005-refresh.ts';
import * as upkeep from './migrations/0006-upkeep.ts';
import * as runUsage from './migrations/0007-run-usage.ts';
import * as graphs from './migrations/0008-graphs.ts';
import * as groupCounts from './migrations/0009-group-counts.ts';
import * as findings from './migrations/0011-findings.ts';
import * as runCounts from './migrations/0012-run-counts.ts';
import * as installationName from './migrations/0013-installation-name.ts';
import * as itemsOfOpenRuns from './migrations/0015-items-of-open-runs.ts';
import * as changes from './migrations/0016-changes.ts';
import * as tokenUsers from './migrations/0019-token-users.ts';

const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-identity': identity,
  '0003-runs-without-ledger': runsWithoutLedger,
  '0004-tokens': tokens,
  '0005-refresh': refresh,
  '0006-upkeep': upkeep,
  '0007-run-usage': runUsage,
  '0008-graphs': graphs,
  '0009-group-counts': groupCounts,
  '0011-findings': findings,
  '0012-run-counts': runCounts,
  '0013-installation-name': installationName,
  '0015-items-of-open-runs': itemsOfOpenRuns,
  '0016-changes': changes,
  '0019-token-users': tokenUsers,
};

/** Names of the migrations that were applied just now. */
export interface MigrationResult {
  readonly applied: readonly string[];
}

/**
 * Brings schema `coppice` up to date. Workers that start together wait for one another on a lock that belongs to the
 * transaction, which makes what is done `alongside` (tables of the default schema) wait too: on the embedded database all clients share one session, and a pooler may hand a session on.
 */
export async function migrate(db: Db, alongside: (tx: Tx) => Promise<void>): Promise<MigrationResult> {
  return db.transaction().execute(async (tx) => {
    await lockSchema(tx);
    await ensureSchema(tx, 'coppice');
    const migrator = new Migrator({
      db: tx,
      provider: { getMigrations: async () => migrations },
      migrationTableSchema: 'coppice',
      migrationTableName: 'migrations',
      migrationLockTableName: 'migrations_lock',
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    await alongside(tx);
    return { applied: (results ?? []).map((result) => result.migrationName) };
  });
}

/** Whoever makes tables waits for whoever does: `if not exists` alone fails where two look at once. Until the transaction ends. */
export async function lockSchema(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('coppice.migrate', 0))`.execute(tx);
}

/** Looks first: `if not exists` asks for the right to make schemas in the database even where the schema stands. */
export async function ensureSchema(tx: Tx, name: string): Promise<void> {
  const { rows } = await sql<{ stands: boolean }>`
    select exists (select from pg_namespace where nspname = ${name}) as stands`.execute(tx);
  if (rows[0]?.stands !== true) await sql`create schema ${sql.id(name)}`.execute(tx);
}

/** Whether Coppice's tables are there and current. Reads only. */
export async function isMigrated(db: Db): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass('coppice.migrations') is not null as exists`.execute(db);
  if (rows[0]?.exists !== true) return false;
  const applied = await sql<{ name: string }>`select name from coppice.migrations`.execute(db);
  const names = new Set(applied.rows.map((row) => row.name));
  return Object.keys(migrations).every((name) => names.has(name));
}
