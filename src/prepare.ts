import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Parts } from './assemble.ts';
import { kindOf } from './domain/mapped-fields.ts';
import { StoreError } from './domain/store-errors.ts';
import { checkOriginal, ensureInstallation } from './state/installation/installation.ts';
import { requireName } from './state/installation/installation-claim.ts';
import { checkResultTables } from './state/intelligence/check-tables.ts';
import { closeLedger } from './state/ledger/ledger.ts';
import { isMigrated, migrate, NotMigratedError } from './state/migrate.ts';

/** A store that could not be prepared: it is down, or refuses. The others are prepared, and this one can be tried again. */
export interface Unprepared {
  /** `graph NAME`, `vectors of NAME` or `tables of intelligence`. */
  readonly store: string;
  readonly reason: string;
  prepare(): Promise<void>;
}

export interface Prepared {
  readonly installation: string;
  readonly applied: readonly string[];
  readonly unprepared: readonly Unprepared[];
}

/**
 * Brings Coppice's tables, the default schema and vector classes up to date before a worker works, unless the owner does
 * that. Rejects with `CopiedDatabaseError` on a copy of another database, and with `InstallationNameError` where the
 * database belongs to an installation of another name.
 */
export async function prepareState(parts: Parts): Promise<Prepared> {
  const prepared = await prepare(parts);
  await checkOriginal(parts.db);
  return prepared;
}

async function prepare(parts: Parts): Promise<Prepared> {
  const { db, config } = parts;
  if (config.database.migrations === 'on') return migrateAll(parts);
  if (!(await isMigrated(db))) throw new NotMigratedError();
  await requireName(db, config.installation);
  return {
    installation: await ensureInstallation(db),
    applied: [],
    unprepared: await prepareAll(resultTablesOf(parts)),
  };
}

export async function migrateAll(parts: Parts): Promise<Prepared> {
  const { db, collections, config } = parts;
  const { applied } = await migrate(db, async (tx) => {
    // Before anything is made for the collections of this configuration.
    await requireName(tx, config.installation);
    for (const { store } of collections) {
      await store.ensureDefaultSchema(tx);
      await store.ensureLedger(tx);
    }
    await closeLedger(tx);
  });
  return { installation: await ensureInstallation(db), applied, unprepared: await prepareStores(parts) };
}

/** One store that is down must not keep the work on the others from beginning. */
async function prepareStores(parts: Parts): Promise<Unprepared[]> {
  const { collections, graphs } = parts;
  const wanted = [
    ...graphs.map((graph) => ({ store: `graph ${graph.mapping.name}`, prepare: () => graph.ensure() })),
    ...collections.flatMap(({ store, vectors }) =>
      store.mapping.mapped || store.mapping.vectors.in !== 'weaviate' || vectors === null
        ? []
        : [{ store: `vectors of ${store.mapping.name}`, prepare: () => vectors.ensure() }],
    ),
  ];
  return prepareAll([...wanted, ...resultTablesOf(parts)]);
}

type Preparation = Omit<Unprepared, 'reason'>;

/** Mapped tables of results are the application's: they are checked, and never made. */
function resultTablesOf({ db, config }: Parts): Preparation[] {
  if (!config.collections.some((one) => kindOf(one) === 'queries')) return [];
  return [{ store: 'tables of intelligence', prepare: () => checkResultTables(db) }];
}

async function prepareAll(wanted: readonly Preparation[]): Promise<Unprepared[]> {
  const failed = [];
  for (const one of wanted) {
    try {
      await one.prepare();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failed.push({ ...one, reason: error.message });
    }
  }
  return failed;
}

const retryMs = 10_000;

/** Prepares these stores once they answer. Resolves when all are prepared, or when `stop` aborts. */
export async function prepareLater(unprepared: readonly Unprepared[], log: Logger, stop: AbortSignal): Promise<void> {
  for (const { store, reason } of unprepared)
    log.error({ store, reason }, 'a store could not be prepared; work on the others begins');
  for (let left = unprepared; left.length > 0 && !stop.aborted; ) {
    await delay(retryMs, undefined, { signal: stop, ref: false }).catch(() => {});
    const failed = [];
    for (const one of stop.aborted ? [] : left) {
      try {
        await one.prepare();
        log.info({ store: one.store }, 'the store is prepared');
      } catch {
        failed.push(one);
      }
    }
    left = failed;
  }
}
