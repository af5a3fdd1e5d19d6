import type { UpkeepStage } from '../../domain/upkeep.ts';
import { dropAgedChanges } from '../../state/ledger/changes.ts';
import { dropStaleItems } from '../../state/ledger/items.ts';
import { putMeasurement } from '../../state/monitoring/measurements.ts';
import { putCollectionDay } from '../../state/monitoring/overview.ts';
import { agedRecords, deleteDeadLetters, deleteLeftovers, deleteRecords } from '../../state/upkeep/history.ts';
import { deleteAgedProposals, deleteOrphanedResults } from '../../state/upkeep/proposals.ts';
import { deleteFormerReports } from '../../state/upkeep/reports.ts';
import { vacuum, vacuumable } from '../../state/upkeep/vacuum.ts';
import { mayMeasureDrift, measureDrift } from '../drift.ts';
import { approvalHours } from '../sweep/approval.ts';
import { batch, batchRows, untilFewer } from './batch.ts';
import { liftVanishedHolds } from './holds.ts';
import { dropOldLedgers, retentionOf, trimLedger } from './ledger.ts';
import { tidyMerges } from './merges.ts';
import type { Stage, StageWork } from './types.ts';

const runsAtOnce = 200;

export const stages: Readonly<Record<UpkeepStage, Stage>> = {
  ledger: trimLedger,
  ledger_tables: dropOldLedgers,
  history,
  dead_letters: deadLetters,
  leftovers,
  holds: liftVanishedHolds,
  drift,
  vacuum: vacuumOwn,
};

function historyDays({ run }: StageWork): number {
  return Number(run.parameters.history_retention_days);
}

async function* history(work: StageWork): AsyncGenerator<null> {
  for (;;) {
    const aged = await agedRecords(work.deps.db, historyDays(work), approvalHours, runsAtOnce);
    if (aged.length === 0) return;
    await batch(work, async (tx) => {
      const { runs } = await deleteRecords(tx, aged, batchRows);
      return { did: { deleted_runs: runs }, result: null };
    });
    yield null;
  }
}

async function* deadLetters(work: StageWork): AsyncGenerator<null> {
  yield* untilFewer(() =>
    batch(work, async (tx) => {
      const deleted = await deleteDeadLetters(tx, historyDays(work), batchRows);
      return { did: { deleted_dead_letters: deleted }, result: deleted };
    }),
  );
}

async function* leftovers(work: StageWork): AsyncGenerator<string | null> {
  if (work.after === null) yield* ofRuns(work);
  yield* tidyMerges(work);
}

async function* ofRuns(work: StageWork): AsyncGenerator<null> {
  yield* proposals(work);
  await dropStaleItems(work.deps.db, approvalHours);
  await dropAgedChanges(work.deps.db, retentionOf(work));
  await batch(work, async (tx) => {
    const { alerts } = await deleteLeftovers(tx, historyDays(work));
    return { did: { deleted_alerts: alerts }, result: null };
  });
}

/** With the ledger of the job that made them; results with the records of their runs. */
async function* proposals(work: StageWork): AsyncGenerator<null> {
  const { days, otherwise } = retentionOf(work);
  for (const job of ['profile-maintenance', 'memory-consolidation']) {
    yield* untilFewer(() =>
      batch(work, async (tx) => {
        const deleted = await deleteAgedProposals(tx, job, days[job] ?? otherwise, batchRows);
        return { did: { deleted_proposals: deleted }, result: deleted };
      }),
    );
  }
  yield* untilFewer(() => batch(work, async (tx) => ({ did: {}, result: await deleteOrphanedResults(tx, batchRows) })));
  yield* untilFewer(() =>
    batch(work, async (tx) => {
      const deleted = await deleteFormerReports(tx, days['weekly-report'] ?? otherwise, batchRows);
      return { did: { deleted_former_reports: deleted }, result: deleted };
    }),
  );
}

/** Counted at night, for the check to judge by day. Skips what stands in the cursor already. */
async function* drift(work: StageWork): AsyncGenerator<string> {
  const { db, collections } = work.deps;
  if (work.after === null) await countRows(work);
  if (!(await mayMeasureDrift(db))) return;
  for (const { store, vectors } of byName(collections)) {
    const { name } = store.mapping;
    if (vectors === null || (work.after !== null && name <= work.after)) continue;
    if ((await store.currentLedgers(db)) === null) continue;
    await putMeasurement(db, `drift:${name}`, { ...(await measureDrift(db, store, vectors)) });
    yield name;
  }
}

/** Rows of each collection, for its growth from day to day. A collection that cannot be counted has no number for the day. */
async function countRows({ deps: { db, collections } }: StageWork): Promise<void> {
  for (const { store } of collections) {
    const rows = await store.count(db).catch(() => null);
    if (rows !== null) await putCollectionDay(db, store.mapping.name, rows);
  }
}

/** A cursor needs an order. */
function byName(collections: StageWork['deps']['collections']) {
  return collections.toSorted((a, b) => (a.store.mapping.name < b.store.mapping.name ? -1 : 1));
}

async function* vacuumOwn(work: StageWork): AsyncGenerator<string> {
  const { db } = work.deps;
  for (const name of await vacuumable(db)) {
    if (work.after !== null && name <= work.after) continue;
    await vacuum(db, name);
    yield name;
  }
}
