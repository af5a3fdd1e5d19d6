import type { Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { ConsolidationRule } from '../../domain/rules/consolidation.ts';
import type { Embedder } from '../../language/embeddings/port.ts';
import type { Model } from '../../language/model/port.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';
import { canWriteProposals } from '../../state/proposals/can-write.ts';
import { markUndone } from '../../state/proposals/proposals.ts';
import { MappingError } from '../../stores/ports/inspection.ts';
import type { MemoryTable } from '../../stores/ports/memory-table.ts';
import type { RowStore, RowTable } from '../../stores/ports/row-store.ts';
import type { VectorStore } from '../../stores/ports/vector-store.ts';
import { documentSweepable } from '../document-sweepable.ts';
import type { Measure } from '../document-vectors.ts';
import { memoryCounts } from '../remover.ts';
import type { OpenSweepable, Sweepable, SweepTerms } from '../sweep/sweepable.ts';
import { dueByRules, withDue } from './due-by-rules.ts';
import { withOutsideVectors } from './outside-vectors.ts';
import { mostMemories, type Proposing, propose, termsOf } from './propose.ts';
import { recallOf } from './recall.ts';
import { settingsOf } from './settings.ts';

/** The parts that consolidation needs besides the rows. */
export interface ConsolidationTools {
  readonly model: Model | null;
  readonly modelName: string;
  readonly search: SimilaritySearch;
  /** Makes the vectors of united texts, where it makes any. */
  readonly embedder: Embedder;
}

const counts = { ...memoryCounts, unmerged: 'unmerged_memories', reverted: 'reverted_clusters' };

/**
 * Memories of one collection as `memory-consolidation` sweeps them: proposals first, and then as copies are merged. `vectors` is
 * `null` where they share the database.
 */
export function memoryConsolidationSweepable(
  store: RowStore,
  vectors: VectorStore | null,
  tools: ConsolidationTools,
): Sweepable {
  const memoriesOf = ({ memories, mapping }: RowTable): MemoryTable => {
    if (memories === null) throw new Error(`collection ${mapping.name} holds no memories`);
    return vectors === null ? memories : withOutsideVectors(memories, mapping, vectors);
  };
  const removal = documentSweepable(
    store,
    vectors,
    (_mapping, terms) => ruleOf(terms),
    counts,
    (table) => measureOf(memoriesOf(table), tools.search),
  );
  return {
    ...removal,
    open: async (db) => {
      const memories = memoriesOf(await store.open(db));
      return withProposals(await removal.open(db), { collection: store.mapping.name, memories, tools });
    },
  };
}

/** By what a search finds among all memories of the user, whichever bot they are of. */
function measureOf(memories: MemoryTable, search: SimilaritySearch): Measure {
  return async ({ db, partition, signal }, ids) => {
    const all = await memories.read(db, partition, { bot: null }, mostMemories, signal);
    const questions = await memories.questions(db, partition);
    return recallOf({ memories: all, members: new Set(ids), questions }, search, signal);
  };
}

interface Consolidating {
  readonly collection: string;
  readonly memories: MemoryTable;
  readonly tools: ConsolidationTools;
}

function withProposals(open: OpenSweepable, own: Consolidating): OpenSweepable {
  const { undo } = open;
  return {
    ...open,
    ready: async (db) => {
      const problems = await own.memories.problems(db);
      if (problems.length > 0) throw new MappingError(own.collection, problems);
    },
    problems: (db) => own.memories.problems(db),
    observe: async (db, terms, runNo, signal) => {
      const source = await open.observe(db, terms, runNo, signal);
      if (terms.approvedRunNo == null && (!terms.respectHolds || !(await canWriteProposals(db)))) {
        const due = await byRules(db, own, terms, signal);
        const samples = async () => new Map<string, string[]>();
        return { ...source, notes: [nothingStored], count: (tx) => withDue(source.count(tx), due), samples };
      }
      return { ...source, notes: await look(db, own, terms, runNo, signal) };
    },
    undo:
      undo === null
        ? null
        : {
            ...undo,
            restoreBatch: async (work, size) => {
              const seen = await undo.restoreBatch(work, size);
              await boundedTransaction(work.db, (tx) =>
                markUndone(tx, work.ledger.runNo, own.collection, work.partition),
              );
              return seen;
            },
          },
  };
}

async function look(
  db: Db,
  { collection, memories, tools }: Consolidating,
  terms: SweepTerms,
  runNo: number | null,
  signal: AbortSignal,
): Promise<string[]> {
  // The proposals that a person approved exist already.
  if (terms.approvedRunNo != null) return [];
  if (terms.asks === false) return [notAsked];
  if ((await memories.problems(db)).length > 0) return [];
  const settings = settingsOf(terms.parameters);
  const { model, search } = tools;
  const embedder = tools.embedder.makesVectors ? tools.embedder : null;
  const modelName = settings.model ?? tools.modelName;
  const proposing: Proposing = {
    ...{ db, collection, memories, search, model, modelName, embedder, settings, runNo, signal },
  };
  if (runNo === null && settings.reask && model !== null) return [await estimate(proposing)];
  return propose(proposing);
}

async function byRules(db: Db, { memories, tools }: Consolidating, { parameters }: SweepTerms, signal: AbortSignal) {
  if ((await memories.problems(db)).length > 0) return new Map<string, string[]>();
  const { bot } = settingsOf(parameters);
  return dueByRules({ db, memories, search: tools.search, bot, most: mostMemories, signal });
}

const nothingStored =
  'no model was asked, and stored proposals are not shown: that takes a role that may write to schema coppice. These are the ' +
  'memories that rules alone would merge';
const notAsked = 'no memories were compared; only stored proposals are counted';

const mostCounted = 100_000;

async function estimate(proposing: Proposing): Promise<string> {
  const found = await proposing.memories.unlooked(proposing.db, termsOf(proposing, true), mostCounted);
  const users = found.length < mostCounted ? String(found.length) : `more than ${mostCounted}`;
  return `nothing was asked: with reask a run would look at ${users} users again, as far as max_calls and max_tokens allow`;
}

function ruleOf({ cutoff, parameters, respectHolds }: SweepTerms): ConsolidationRule {
  const { states, bot } = settingsOf(parameters);
  return { kind: 'consolidation', cutoff, states, bot, proposalsKnown: respectHolds };
}
