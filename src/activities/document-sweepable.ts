import type { CollectionMapping } from '../domain/mapping.ts';
import type { Rule } from '../domain/rules/index.ts';
import { addTotals } from '../domain/run.ts';
import type { Removal } from '../stores/ports/row-removal.ts';
import type { RowStore, RowTable } from '../stores/ports/row-store.ts';
import type { LedgerRow } from '../stores/ports/row-undo.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { childTotals, differenceTotals, keptFinding, keptTotals, restoreFindings } from './document-findings.ts';
import { type DividedRows, type Measure, recoverOutside, removeOutside, restoreOutside } from './document-vectors.ts';
import { documentCounts, type RemovalCounts, type Remover } from './remover.ts';
import { writeBack } from './row-changes.ts';
import { rowSurvey } from './row-survey.ts';
import {
  leavesNothing,
  type OpenSweepable,
  type PartitionWork,
  type RestoreWork,
  type Step,
  type Sweepable,
  type SweepTerms,
  type TogetherWork,
} from './sweep/sweepable.ts';

/** Returns the job's rule for due documents, from its parameters and the run's cutoff. */
export type RuleOf = (mapping: CollectionMapping, terms: SweepTerms) => Rule;

/**
 * Documents of one collection as a job sweeps them: the job says which are due, everything else is the same for all.
 * `vectors` is `null` where they share the database, which then measures merges itself; else `measureOf` does.
 */
export function documentSweepable(
  store: RowStore,
  vectors: VectorStore | null,
  ruleOf: RuleOf,
  counts: RemovalCounts = documentCounts,
  measureOf?: (table: RowTable) => Measure,
): Sweepable {
  return {
    collection: store.mapping.name,
    open: async (db) => openSweepable(await store.open(db), vectors, ruleOf, counts, measureOf),
    probe: async (signal) => vectors?.probe(signal),
  };
}

function openSweepable(
  table: RowTable,
  vectors: VectorStore | null,
  ruleOf: RuleOf,
  counts: RemovalCounts,
  measureOf?: (table: RowTable) => Measure,
): OpenSweepable {
  const { mapping } = table;
  const measure = measureOf === undefined ? {} : { measure: measureOf(table) };
  const removerOf = (terms: SweepTerms): Remover => ({ rule: ruleOf(mapping, terms), counts });
  return {
    ...rowSurvey(table, {
      ruleOf: (terms) => ruleOf(mapping, terms),
      ledgerBytes: (tx, rows) => table.ledgerBytes(tx, rows),
      withChildren: true,
    }),
    ...(vectors === null ? inOneDatabase(table, removerOf) : inTwoStores({ table, vectors, ...measure }, removerOf)),
  };
}

type RemoverOf = (terms: SweepTerms) => Remover;

function inOneDatabase(table: RowTable, removerOf: RemoverOf): Pick<OpenSweepable, 'work' | 'undo'> {
  return {
    work: {
      ...leavesNothing,
      applyBatch: (work, size) => remove(table, work, removerOf(work.terms), size),
      together: { mostRows: null, handle: (work) => removeTogether(table, work, removerOf(work.terms)) },
    },
    undo: { restoreBatch: restoresOf(table, removerOf, restore) },
  };
}

function inTwoStores(rows: DividedRows, removerOf: RemoverOf): Pick<OpenSweepable, 'work' | 'undo'> {
  return {
    work: {
      // Measuring takes the time that it takes, whether a batch is small or large.
      ...(rows.measure === undefined ? {} : { steadyBatches: true }),
      abandoned: (db, exceptRunNo) => rows.table.abandonedIntents(db, exceptRunNo),
      recover: (work) => recoverOutside(rows, work, removerOf(work.terms)),
      applyBatch: (work, size) => removeOutside(rows, work, removerOf(work.terms), size),
      // A removal takes more than one transaction.
      together: null,
    },
    undo: {
      restoreBatch: restoresOf(rows.table, removerOf, (_, work, by, size) => restoreOutside(rows, work, by, size)),
    },
  };
}

type RestoreBatch = (table: RowTable, work: RestoreWork, by: Remover, size: number) => Promise<number>;

/** Batches of removed rows; once they are restored, batches of rows that stayed and were changed. */
function restoresOf(table: RowTable, removerOf: RemoverOf, restoreBatch: RestoreBatch) {
  return async (work: RestoreWork, size: number): Promise<number> => {
    const by = removerOf(work.terms);
    const seen = await restoreBatch(table, work, by, size);
    const { unmerged } = by.counts;
    if (seen >= size || unmerged === undefined) return seen;
    return writeBack(table, work, { rule: by.rule, total: unmerged }, size);
  };
}

/** One database: removal, ledger and checkpoint commit together. */
async function remove(table: RowTable, work: PartitionWork, by: Remover, size: number): Promise<number> {
  const { rule } = by;
  const batch = { ...work.ledger, partition: work.partition, rule, after: work.guard.after, size, keep: work.keep };
  const { seen } = await work.guard.commit(async (tx) => {
    const removal = await table.remove(tx, batch);
    return { seen: removal.seen, after: removal.after ?? batch.after, ...removed(removal, by) };
  });
  return seen;
}

function removeTogether(table: RowTable, work: TogetherWork, by: Remover): Promise<void> {
  const { runNo, partitions, keep } = work;
  return work.guard.finish(async (tx) => {
    const removals = await table.removeTogether(tx, { runNo, partitions, rule: by.rule, keep });
    return new Map([...removals].map(([no, removal]) => [no, removed(removal, by)]));
  });
}

function removed(
  { documents, vectors, children, spared, kept, reverted }: Removal,
  { counts }: Remover,
): Pick<Step, 'removed' | 'totals' | 'findings'> {
  const totals = {
    ...{ [counts.deleted]: documents, deleted_vectors: vectors, no_longer_due: spared },
    ...(counts.reverted === undefined ? {} : { [counts.reverted]: reverted ?? 0 }),
  };
  const all = addTotals(addTotals(totals, childTotals('deleted_children', children)), keptTotals(kept));
  return { removed: documents, totals: all, findings: kept.map(keptFinding) };
}

async function restore(table: RowTable, work: RestoreWork, by: Remover, size: number): Promise<number> {
  const rows = await table.nextRestores(work.db, work.ledger, work.undo.runNo, size);
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => row.id);
  const { left } = await work.guard.commit(async (tx) => {
    const free = new Set(await table.restorable(tx, work.ledger, work.undo.runNo, ids));
    const back = await table.restore(tx, {
      ...work.ledger,
      partition: work.partition,
      undoRunNo: work.undo.runNo,
      undoRunId: work.undo.runId,
      ids: [...free],
      rule: by.rule,
      withReferenced: true,
    });
    const restored = new Set(back.restored);
    const failed = new Set(back.refused);
    const documents = documentsOf(rows.filter((row) => restored.has(row.id))).length + back.besides;
    const superseded = documentsOf(rows.filter((row) => !free.has(row.id)));
    const refused = documentsOf(rows.filter((row) => failed.has(row.id)));
    const totals = {
      [by.counts.restored]: documents,
      restored_vectors: back.vectors,
      refused: superseded.length + refused.length,
    };
    return {
      removed: -documents,
      refused: superseded,
      totals: addTotals(addTotals(totals, childTotals('restored_children', back.children)), differenceTotals(back)),
      findings: restoreFindings(back),
      left: back.left,
    };
  });
  // Rows that had to come first were more than one transaction takes: there is a next batch in any case.
  return left ? Math.max(size, rows.length) : rows.length;
}

function documentsOf(rows: readonly LedgerRow[]): string[] {
  return [...new Set(rows.map((row) => row.document))];
}
