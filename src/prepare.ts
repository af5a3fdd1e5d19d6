import type { Parts } from './assemble.ts';
import { checkOriginal, ensureInstallation } from './state/installation.ts';
import { closeLedger } from './state/ledger.ts';
import { isMigrated, migrate } from './state/migrate.ts';

/** The database has no tables of Coppice, or older ones, and this process may not make them. */
export class NotMigratedError extends Error {
  override readonly name = 'NotMigratedError';
  readonly hint = 'Run `coppice migrate` as the owner of the database.';
  constructor() {
    super('the tables of schema coppice are missing or older than this version');
  }
}

/**
 * What a worker does before it works: brings Coppice's tables, the default schema and vector classes up to date, unless
 * the owner does that, and refuses a copy of another database.
 */
export async function prepareState(parts: Parts): Promise<{ installation: string; applied: readonly string[] }> {
  const prepared = await prepare(parts);
  await checkOriginal(parts.db);
  return prepared;
}

async function prepare(parts: Parts): Promise<{ installation: string; applied: readonly string[] }> {
  const { db, config } = parts;
  if (config.database.migrations === 'on') return migrateAll(parts);
  if (!(await isMigrated(db))) throw new NotMigratedError();
  return { installation: await ensureInstallation(db), applied: [] };
}

export async function migrateAll(parts: Parts): Promise<{ installation: string; applied: readonly string[] }> {
  const { db, collections } = parts;
  const { applied } = await migrate(db, async (tx) => {
    for (const { store } of collections) {
      await store.ensureDefaultSchema(tx);
      await store.ensureLedger(tx);
    }
    await closeLedger(tx);
  });
  for (const graph of parts.graphs) await graph.ensure();
  for (const { store, vectors } of collections) {
    if (!store.mapping.mapped && store.mapping.vectors.in === 'weaviate') await vectors?.ensure();
  }
  return { installation: await ensureInstallation(db), applied };
}
