import type { CollectionMapping } from '../domain/mapping.ts';
import type { ExpiryRule } from '../domain/rules/expiry.ts';
import { addTotals } from '../domain/run.ts';
import type { DocumentStore, DocumentTable, LedgerRow, Removal } from '../stores/ports/document-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { childTotals, differenceTotals, keptFinding, keptTotals, restoreFindings } from './document-findings.ts';
import { recoverOutside, removeOutside, restoreOutside } from './document-vectors.ts';
import { rowSurvey } from './row-survey.ts';
import type {
  OpenSweepable,
  PartitionWork,
  RestoreWork,
  Step,
  Sweepable,
  SweepTerms,
  TogetherWork,
} from './sweep/sweepable.ts';

/** What a job decides: which documents are due, from its parameters and the run's cutoff. */
export type RuleOf = (mapping: CollectionMapping, terms: SweepTerms) => ExpiryRule;

/**
 * Documents of one collection as a job sweeps them: the job says which are due, everything else is the same for all.
 * `vectors` is `null` where they share the database.
 */
export function documentSweepable(store: DocumentStore, vectors: VectorStore | null, ruleOf: RuleOf): Sweepable {
  return {
    collection: store.mapping.name,
    open: async (db) => openSweepable(await store.open(db), vectors, ruleOf),
    probe: async (signal) => vectors?.probe(signal),
  };
}

function openSweepable(table: DocumentTable, vectors: VectorStore | null, ruleOf: RuleOf): OpenSweepable {
  const { mapping } = table;
  return {
    ...rowSurvey(table, (terms) => ruleOf(mapping, terms)),
    ...(mapping.children === undefined
      ? {}
      : {
          children: (tx, terms) =>
            table.dueChildren(tx, { rule: ruleOf(mapping, terms), respectHolds: terms.respectHolds }),
        }),
    ledgerBytes: (tx, rows) => table.ledgerBytes(tx, rows),
    abandoned: async (db, exceptRunNo) => (vectors === null ? [] : table.abandonedIntents(db, exceptRunNo)),
    recover: async (work) => {
      if (vectors !== null) await recoverOutside(table, vectors, work);
    },
    removeBatch: (work, size) => {
      const rule = ruleOf(mapping, work.terms);
      return vectors === null ? remove(table, work, rule, size) : removeOutside(table, vectors, work, rule, size);
    },
    // With vectors elsewhere a removal takes more than one transaction.
    together:
      vectors === null
        ? { mostRows: null, handle: (work) => removeTogether(table, work, ruleOf(mapping, work.terms)) }
        : null,
    restoreBatch: (work, size) =>
      vectors === null
        ? restore(table, work, ruleOf(mapping, work.terms), size)
        : restoreOutside(table, vectors, work, ruleOf(mapping, work.terms), size),
  };
}

/** One database: removal, ledger and checkpoint commit together. */
async function remove(table: DocumentTable, work: PartitionWork, rule: ExpiryRule, size: number): Promise<number> {
  const batch = { ...work.ledger, partition: work.partition, rule, after: work.guard.after, size, keep: work.keep };
  const { seen } = await work.guard.commit(async (tx) => {
    const removal = await table.remove(tx, batch);
    return { seen: removal.seen, after: removal.after ?? batch.after, ...counts(removal) };
  });
  return seen;
}

function removeTogether(table: DocumentTable, work: TogetherWork, rule: ExpiryRule): Promise<void> {
  const { runNo, partitions, keep } = work;
  return work.guard.finish(async (tx) => {
    const removals = await table.removeTogether(tx, { runNo, partitions, rule, keep });
    return new Map([...removals].map(([no, removal]) => [no, counts(removal)]));
  });
}

function counts({
  documents,
  vectors,
  children,
  spared,
  kept,
}: Removal): Pick<Step, 'removed' | 'totals' | 'findings'> {
  const totals = { deleted_documents: documents, deleted_vectors: vectors, no_longer_due: spared };
  const all = addTotals(addTotals(totals, childTotals('deleted_children', children)), keptTotals(kept));
  return { removed: documents, totals: all, findings: kept.map(keptFinding) };
}

async function restore(table: DocumentTable, work: RestoreWork, rule: ExpiryRule, size: number): Promise<number> {
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
      rule,
      withReferenced: true,
    });
    const restored = new Set(back.restored);
    const failed = new Set(back.refused);
    const documents = documentsOf(rows.filter((row) => restored.has(row.id))).length + back.besides;
    const superseded = documentsOf(rows.filter((row) => !free.has(row.id)));
    const refused = documentsOf(rows.filter((row) => failed.has(row.id)));
    const totals = {
      restored_documents: documents,
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
