import pLimit from 'p-limit';
import type { Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { clustersOf } from '../../domain/consolidation/clusters.ts';
import { judgePairs, verdictsOn } from '../../domain/consolidation/judge-pairs.ts';
import { type ConsolidatedMemory, lookSubject, pairName } from '../../domain/consolidation/memory.ts';
import type { Embedder } from '../../language/embeddings/port.ts';
import { addUsage, ModelError, type ModelUsage, noUsage } from '../../language/model/errors.ts';
import type { Model, ModelBudget } from '../../language/model/port.ts';
import { consolidationPromptVersion } from '../../language/prompts/memory-consolidation.ts';
import { unionPromptVersion } from '../../language/prompts/memory-union.ts';
import type { SimilaritySearch } from '../../similarity/similarity-search.ts';
import {
  type AnsweredBy,
  dropOtherVerdicts,
  type PairVerdict,
  readVerdicts,
  storeVerdicts,
} from '../../state/proposals/pair-verdicts.ts';
import { adoptAnswers, countUnusable, previewedAnswers } from '../../state/proposals/previewed.ts';
import {
  answerQuestion,
  claimQuestions,
  giveUpQuestion,
  nameOf,
  type ProposalAnswer,
  type QuestionKey,
  storeFound,
} from '../../state/proposals/proposals.ts';
import { consolidationJob, ownTexts } from '../../state/proposals/proposed-merges.ts';
import { neverMerged, type ProposedCluster, storeClusters } from '../../state/proposals/store-clusters.ts';
import type { LookTerms, MemoryTable, MemoryUser, VectorMemory } from '../../stores/ports/memory-table.ts';
import { answersNotUsed, isFinal, isWithoutAnswer, ModelFailures } from '../model-failures.ts';
import { RunBudget } from '../run-budget.ts';
import { askAbout, openPairs } from './ask.ts';
import { mutualNeighbours } from './candidates.ts';
import { proposedClusters, relatedPairs, withoutNever } from './proposals.ts';
import type { ConsolidationSettings } from './settings.ts';
import { type United, unite } from './unite.ts';

/** Users that are looked up at once. */
const pageSize = 5_000;
/** Memories of a user that are compared; a user with more is left out, and the result says so. */
export const mostMemories = 50_000;
/** Users at once where no model is asked. */
const usersAtOnce = 4;
/** A question is somebody else's for so long. */
const claimSeconds = 1_800;
/** Proposing ends after so long; users that are left wait for the next run. */
const longestMs = 45 * 60_000;

export interface Proposing {
  readonly db: Db;
  readonly collection: string;
  readonly memories: MemoryTable;
  readonly search: SimilaritySearch;
  /** `null`: none is configured. */
  readonly model: Model | null;
  readonly modelName: string;
  /** `null`: none makes vectors, and texts stay as they are. */
  readonly embedder: Embedder | null;
  readonly settings: ConsolidationSettings;
  /** `null` in a preview. */
  readonly runNo: number | null;
  readonly signal: AbortSignal;
}

/**
 * Looks at every user whose memories have changed since the last look, and stores clusters as proposals. A user is looked at in
 * one piece: what was answered about pairs is kept, so that a retry does not ask again. Returns sentences for the survey.
 */
export async function propose(proposing: Proposing): Promise<string[]> {
  const { maxCalls: calls, maxTokens: tokens } = proposing.settings;
  const budget = new RunBudget(proposing.db, proposing.runNo, { calls, tokens });
  const looking = new Looking(proposing, budget);
  try {
    await lookAtAll(proposing, looking);
  } finally {
    await budget.close();
  }
  return [...looking.notes(), ...answersNotUsed(await unusable(proposing, looking), 'memories')];
}

/** Answers that cannot be used: of a preview its own, of a run also those of previews before it. */
async function unusable({ db, collection, settings, runNo }: Proposing, { refused }: Looking): Promise<number> {
  if (runNo === null) return refused;
  const wanted = { job: consolidationJob, collection, terms: settings.terms, states: ['unusable'] } as const;
  for await (const page of previewedAnswers(db, wanted)) {
    const own = page.filter(({ subject }) => subject === lookSubject(settings.bot));
    await adoptAnswers(
      db,
      own.map(({ id }) => id),
      runNo,
    );
  }
  return countUnusable(db, consolidationJob, collection, runNo);
}

async function lookAtAll(proposing: Proposing, looking: Looking): Promise<void> {
  const { db, memories, model, signal } = proposing;
  const limit = pLimit(model?.maxConcurrent ?? usersAtOnce);
  const endsAt = performance.now() + longestMs;
  for (;;) {
    const page = await memories.unlooked(db, termsOf(proposing, looking.asks), pageSize);
    const fresh = page.filter((user) => !looking.wasTried(user));
    if (fresh.length === 0) return;
    await Promise.all(
      fresh.map((user) =>
        limit(async () => {
          signal.throwIfAborted();
          if (performance.now() < endsAt) await looking.at(user);
          else looking.isLate = true;
        }),
      ),
    );
    if (looking.isLate) return;
  }
}

export function termsOf({ settings, modelName, runNo }: Proposing, asks: boolean): LookTerms {
  const { bot, terms, reask } = settings;
  return {
    ...{ job: consolidationJob, bot, terms, asks, runNo },
    reask: reask && asks ? { promptVersion: consolidationPromptVersion, model: modelName } : null,
  };
}

class Looking {
  isLate = false;
  readonly #proposing: Proposing;
  readonly #budget: ModelBudget;
  readonly #tried = new Set<string>();
  #asks: boolean;
  readonly #failures = new ModelFailures();
  #stopped: string | null = null;
  #notRewritten: string | null = null;
  #tooMany = 0;
  /** Memories that were left out, by their users: one may be looked at twice. */
  readonly #withoutVector = new Map<string, number>();
  #refused = 0;

  constructor(proposing: Proposing, budget: ModelBudget) {
    this.#proposing = proposing;
    this.#budget = budget;
    this.#asks = proposing.model !== null;
  }

  get asks(): boolean {
    return this.#asks;
  }

  /** So many answers cannot be used. */
  get refused(): number {
    return this.#refused;
  }

  /** A user is not looked at twice in a run: one of whom somebody else asks, for instance. */
  wasTried({ user }: MemoryUser): boolean {
    return this.#tried.has(user);
  }

  notes(): string[] {
    const leftOut = [...this.#withoutVector.values()].reduce((sum, one) => sum + one, 0);
    return [
      ...(this.#proposing.model === null ? ['no model was asked; rules alone decided'] : []),
      ...(this.#stopped === null ? [] : [this.#stopped]),
      ...this.#failures.notes('user'),
      // The built-in embedder makes vectors of no application: there is nothing to be set right.
      ...(this.#notRewritten === null || this.#proposing.embedder?.remote !== true ? [] : [this.#notRewritten]),
      ...(this.#tooMany === 0
        ? []
        : [`${this.#tooMany} users with more than ${mostMemories} memories were left out: they are compared at once`]),
      ...(leftOut === 0 ? [] : [`memories without a vector that can be compared were left out: ${leftOut}`]),
      ...(this.isLate ? ['the time for proposals was over; users that are left wait for the next run'] : []),
    ];
  }

  async at(user: MemoryUser): Promise<void> {
    this.#tried.add(user.user);
    if (user.memories > mostMemories) {
      this.#tooMany += 1;
      return;
    }
    const { db, runNo, settings } = this.#proposing;
    const key = this.#questionOf(user);
    if (!this.#asks) {
      await this.#look(user, false);
      await storeFound(db, key, runNo, looked);
      return;
    }
    const ids = await claimQuestions(db, [key], { runNo, seconds: claimSeconds, again: settings.reask });
    const id = ids.get(nameOf(key));
    // Another run or preview asks about this user.
    if (id === undefined) return;
    const answered = async (answer: Pick<ProposalAnswer, 'state' | 'problem' | 'usage'>) => {
      const by = { promptVersion: consolidationPromptVersion, model: this.#proposing.modelName };
      await answerQuestion(db, id, { ...looked, asked: true, ...by, ...answer }, { runNo: null, lines: 0 });
      this.#failures.answered();
    };
    try {
      await answered({ state: 'nothing', problem: null, usage: await this.#look(user, true) });
    } catch (error) {
      // An answer that cannot be used is one: the same question would get it again.
      if (error instanceof ModelError && error.problem !== null) {
        await this.#look(user, false);
        this.#refused += 1;
        return answered({ state: 'unusable', problem: `${error.problem}: ${error.message}`, usage: error.usage });
      }
      await giveUpQuestion(db, id);
      if (!isWithoutAnswer(error)) throw error;
      if (this.#failures.failed(isFinal(error), error.message)) this.#stopAsking(error.message);
      await this.#look(user, false);
      await storeFound(db, key, runNo, looked);
    }
  }

  /** Candidates, verdicts and clusters of one user. */
  async #look({ user }: MemoryUser, asks: boolean): Promise<ModelUsage> {
    const { db, collection, memories: table, search, settings, runNo, signal, modelName, model } = this.#proposing;
    const memories = await table.read(db, user, settings, mostMemories, signal);
    this.#withoutVector.set(user, memories.filter(({ vector }) => vector === null).length);
    const near = await mutualNeighbours(memories, search, signal);
    const pairs = withoutNever(memories, judgePairs(memories, near), await neverMerged(db, collection, user));
    const by: AnsweredBy = { promptVersion: consolidationPromptVersion, model: modelName };
    const stored = await readVerdicts(db, collection, user, settings.reask && asks ? by : null);
    const { open, verdicts: known } = openPairs(memories, pairs, stored, settings.terms);
    const verdicts = new Map(known);
    let usage = noUsage;
    if (asks && model !== null && open.length > 0) {
      usage = await askAbout({ model, chosen: settings.model, budget: this.#budget, signal }, open, async (answers) => {
        await storeVerdicts(db, collection, user, answers, by);
        for (const { pair, verdict } of answers) verdicts.set(pair, verdict);
      });
    }
    const all = verdictsOn(memories, pairs, verdicts);
    const own = await ownTexts(db, collection, user);
    const byApplication = (ids: readonly ConsolidatedMemory[]) =>
      ids.some(({ id, content }) => own.get(id) !== content);
    const clusters = clustersOf(memories, pairs, all).filter(({ survivor, members }) =>
      byApplication([survivor, ...members]),
    );
    const decided = { verdicts: all, byModel: verdicts, clusters };
    const related = relatedPairs(memories, pairs, decided, settings.terms);
    const united = asks ? await this.#unite(user, memories, related, own, stored) : null;
    if (united !== null) usage = addUsage(usage, united.usage);
    const proposals = [...proposedClusters(clusters, settings.terms), ...(united?.proposals ?? related)];
    await boundedTransaction(db, async (tx) => {
      await storeClusters(tx, { collection, user, runNo }, proposals, by);
      await dropOtherVerdicts(
        tx,
        collection,
        user,
        pairs.map(({ one, other }) => pairName(memories[one]?.id ?? '', memories[other]?.id ?? '')),
      );
    });
    return usage;
  }

  /** Asks for united texts where vectors can be made of them; `null`: texts stay as they are. */
  async #unite(
    user: string,
    memories: readonly VectorMemory[],
    related: readonly ProposedCluster[],
    own: ReadonlyMap<string, string>,
    stored: readonly PairVerdict[],
  ): Promise<United | null> {
    const { db, collection, settings, signal, modelName, model, embedder } = this.#proposing;
    if (model === null || embedder === null || this.#notRewritten !== null) return null;
    const by = { promptVersion: unionPromptVersion, model: modelName };
    const known = settings.reask ? await readVerdicts(db, collection, user, by) : stored;
    const asking = { model, chosen: settings.model, budget: this.#budget, signal };
    const united = await unite(
      { ...asking, db, collection, user, modelName, embedder, own, terms: settings.terms, known },
      memories,
      related,
    );
    this.#notRewritten = united.problem;
    return united;
  }

  #stopAsking(reason: string): void {
    this.#asks = false;
    this.#stopped ??= `the model was not asked any more: ${reason}. Rules alone decided about the other users`;
  }

  #questionOf({ user, data }: MemoryUser): QuestionKey {
    const { collection, settings } = this.#proposing;
    const subject = lookSubject(settings.bot);
    return { job: consolidationJob, collection, partition: user, subject, question: `${data}:${settings.terms}` };
  }
}

/** The record of a look at a user: proposals are about clusters. */
const looked = { state: 'nothing', content: null, problem: null, due: 0 } as const;
