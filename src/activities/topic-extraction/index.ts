import type { Tx } from '../../database/schema.ts';
import { resultTableProblems } from '../../state/intelligence/check-tables.ts';
import { MappingError } from '../../stores/ports/inspection.ts';
import type { CountedQuestions, QueryTable } from '../../stores/ports/query-table.ts';
import type { RowStore, RowTable } from '../../stores/ports/row-store.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';
import { leavesNothing, type OpenSweepable, type RestoreWork, type Sweepable } from '../sweep/sweepable.ts';
import { type Extracting, extractBatch, extractTogether } from './extract.ts';
import type { TopicTools } from './tools.ts';

/** Questions of one collection as `topic-extraction` sweeps them. */
export function topicExtractionSweepable(store: RowStore, tools: TopicTools): Sweepable {
  return {
    collection: store.mapping.name,
    open: async (db) => {
      const table = await store.open(db);
      const problems = await resultTableProblems(db);
      if (problems.length > 0) throw new MappingError(store.mapping.name, problems);
      return openSweepable(table, tools);
    },
    probe: async () => {},
  };
}

const noModel = 'no language model is configured: questions are extracted by keywords';

/** Of an extraction with its entry in the ledger, estimated. */
const bytesPerExtraction = 150;

function openSweepable(table: RowTable, tools: TopicTools): OpenSweepable {
  const { mapping, queries } = table;
  if (queries === null) throw new Error(`collection ${mapping.name} holds no questions`);
  const extracting: Extracting = { collection: mapping.name, queries, tools };
  return {
    fingerprint: table.fingerprint,
    formerFingerprints: table.formerFingerprints,
    observe: async (_db, { respectHolds, parameters }, runNo) => ({
      notes: parameters.method === 'model' && tools.model === null ? [noModel] : [],
      count: (tx) => count(tx, queries, { extractions: respectHolds, runNo }),
      samples: async () => new Map(),
      ledgerBytes: async (tx, rows) => {
        const { current } = await table.ledgerBytes(tx, 0);
        return { current, expected: rows * bytesPerExtraction };
      },
      collect: (tx, ownRunNo) => queries.collect(tx, ownRunNo),
      itemsBeyond: (tx, ownRunNo, approvedRunNo) => table.itemsBeyond(tx, ownRunNo, approvedRunNo),
    }),
    work: {
      ...leavesNothing,
      applyBatch: (work, size) => extractBatch(extracting, work, size),
      together: { mostRows: null, handle: (work) => extractTogether(extracting, work) },
    },
    undo: { restoreBatch: (work, size) => undoBatch(queries, work, size) },
  };
}

/** Nothing leaves the store: no number of questions is held by the brake. */
async function* count(
  tx: Tx,
  queries: QueryTable,
  counted: CountedQuestions,
): AsyncGenerator<readonly PartitionCount[]> {
  for await (const page of queries.counts(tx, counted)) {
    yield page.map(({ user, rows, unreadable, due, digest, stale, ungrouped }) => ({
      ...{ partition: user, rows, unreadable, due, braked: 0, reasons: { new: due } },
      ...{ onHold: 0, oldest: null, digest, besides: stale > 0 || ungrouped },
    }));
  }
}

async function undoBatch(queries: QueryTable, work: RestoreWork, size: number): Promise<number> {
  const { deleted, refused } = await work.guard.commit(async (tx) => {
    const undone = await queries.undoAdded(tx, work.ledger, work.undo.runNo, size);
    const { deleted, refused } = undone;
    return { ...undone, totals: { deleted_extractions: deleted, refused: refused.length } };
  });
  return deleted + refused.length;
}
