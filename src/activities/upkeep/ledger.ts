import { agedRuns, deleteAged, dropIfEmpty, ledgerParts, type Retention } from '../../state/upkeep/ledger.ts';
import { batch, batchRows } from './batch.ts';
import type { StageWork } from './types.ts';

/** How long each job's ledger is kept. */
export function retentionOf({ deps: { jobs, settings }, run }: StageWork): Retention {
  const days = Object.fromEntries(jobs.map((job) => [job, settings(job).ledger.retentionDays]));
  return { days, otherwise: Number(run.parameters.ledger_retention_days) };
}

/** Deletes from the ledger what is older than its job keeps it, run by run. */
export async function* trimLedger(work: StageWork): AsyncGenerator<string> {
  const { db } = work.deps;
  const retention = retentionOf(work);
  for (const part of await ledgerParts(db)) {
    if (work.after !== null && part.name < work.after) continue;
    for (const aged of await agedRuns(db, part, retention)) {
      for (let deleted = batchRows; deleted === batchRows; ) {
        deleted = await batch(work, async (tx) => {
          const count = await deleteAged(tx, part, aged, batchRows);
          return { did: { deleted_ledger_rows: count }, result: count };
        });
        yield part.name;
      }
    }
  }
}

/**
 * Drops ledger tables that hold nothing and that nobody writes to any more: a table of the application changed its columns.
 * Those of a collection that cannot be seen, or is configured elsewhere, stay.
 */
export async function* dropOldLedgers(work: StageWork): AsyncGenerator<null> {
  const { db, collections } = work.deps;
  for (const { store } of collections) {
    const current = await store.currentLedgers(db);
    if (current === null) continue;
    const { name: collection } = store.mapping;
    const tables = await db
      .selectFrom('coppice.ledger_tables')
      .select('name')
      .where('collection', '=', collection)
      .execute();
    for (const { name } of tables.filter((one) => !current.includes(one.name))) {
      await batch(work, async (tx) => ({
        did: { dropped_ledger_tables: (await dropIfEmpty(tx, name)) ? 1 : 0 },
        result: null,
      }));
      yield null;
    }
  }
}
