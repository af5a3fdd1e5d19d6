import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Db, Tx } from '../database/schema.ts';

/** Loaded to be applied only: most commands need no more than their names. */
const migrations: Record<string, () => Promise<Migration>> = {
  '0001-initial': () => import('./migrations/0001-initial.ts'),
  '0002-identity': () => import('./migrations/0002-identity.ts'),
  '0003-runs-without-ledger': () => import('./migrations/0003-runs-without-ledger.ts'),
  '0004-tokens': () => import('./migrations/0004-tokens.ts'),
  '0005-refresh': () => import('./migrations/0005-refresh.ts'),
  '0006-upkeep': () => import('./migrations/0006-upkeep.ts'),
  '0007-run-usage': () => import('./migrations/0007-run-usage.ts'),
  '0008-graphs': () => import('./migrations/0008-graphs.ts'),
  '0009-group-counts': () => import('./migrations/0009-group-counts.ts'),
  '0011-findings': () => import('./migrations/0011-findings.ts'),
  '0012-run-counts': () => import('./migrations/0012-run-counts.ts'),
  '0013-installation-name': () => import('./migrations/0013-installation-name.ts'),
  '0015-items-of-open-runs': () => import('./migrations/0015-items-of-open-runs.ts'),
  '0016-changes': () => import('./migrations/0016-changes.ts'),
  '0019-token-users': () => import('./migrations/0019-token-users.ts'),
  '0020-score-before-decay': () => import('./migrations/0020-score-before-decay.ts'),
  '0022-proposals': () => import('./migrations/0022-proposals.ts'),
  '0025-reasons': () => import('./migrations/0025-reasons.ts'),
  '0026-merges': () => import('./migrations/0026-merges.ts'),
  '0032-memory-verdicts': () => import('./migrations/0032-memory-verdicts.ts'),
  '0033-verdict-reasons': () => import('./migrations/0033-verdict-reasons.ts'),
  '0034-merge-answers': () => import('./migrations/0034-merge-answers.ts'),
  '0028-topics': () => import('./migrations/0028-topics.ts'),
  '0030-console': () => import('./migrations/0030-console.ts'),
  '0036-configuration-of-workers': () => import('./migrations/0036-configuration-of-workers.ts'),
  '0037-sources-of-extractions': () => import('./migrations/0037-sources-of-extractions.ts'),
  '0041-bulk-actions': () => import('./migrations/0041-bulk-actions.ts'),
  '0042-hashes-of-questions': () => import('./migrations/0042-hashes-of-questions.ts'),
  '0031-console-sessions': () => import('./migrations/0031-console-sessions.ts'),
};

/** The database has no tables of Coppice, or older ones, and this process may not make them. */
export class NotMigratedError extends Error {
  override readonly name = 'NotMigratedError';
  readonly hint = 'Run `coppice migrate` as the owner of the database.';
  constructor() {
    super('the tables of schema coppice are missing or older than this version');
  }
}

/** Names of the migrations that were applied just now. */
export interface MigrationResult {
  readonly applied: readonly string[];
}

/**
 * Brings schema `coppice` up to date. Workers that start together wait for one another on a lock that belongs to the
 * transaction, which makes what is done `alongside` (tables of the default schema) wait too: on the embedded database all clients share one session, and a pooler may hand a session on.
 */
export async function migrate(db: Db, alongside: (tx: Tx) => Promise<void>): Promise<MigrationResult> {
  const { Migrator } = await import('kysely/migration');
  return db.transaction().execute(async (tx) => {
    await lockSchema(tx);
    await ensureSchema(tx, 'coppice');
    const migrator = new Migrator({
      db: tx,
      provider: { getMigrations: () => loadMigrations(tx) },
      // A release that is older than the database leaves it as it is.
      allowUnorderedMigrations: true,
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

/**
 * Those of this release, and an empty one for each that a later release has applied: its tables hold all columns that this
 * release knows, so that a worker of this release continues next to newer ones, and after a rollback.
 */
async function loadMigrations(tx: Tx): Promise<Record<string, Migration>> {
  const own = Object.entries(migrations).map(async ([name, load]) => [name, await load()] as const);
  const later = (await appliedMigrations(tx)).filter((name) => !(name in migrations));
  const none: Migration = { up: async () => {} };
  return { ...Object.fromEntries(later.map((name) => [name, none])), ...Object.fromEntries(await Promise.all(own)) };
}

/** Names of the migrations that the database has; none where it has no tables of Coppice. */
async function appliedMigrations(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass('coppice.migrations') is not null as exists`.execute(db);
  if (rows[0]?.exists !== true) return [];
  const applied = await sql<{ name: string }>`select name from coppice.migrations`.execute(db);
  return applied.rows.map((row) => row.name);
}

/**
 * Waits for other processes that create tables, until the transaction ends: `if not exists` alone fails where two
 * processes check at once.
 */
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
  const names = new Set(await appliedMigrations(db));
  return Object.keys(migrations).every((name) => names.has(name));
}
