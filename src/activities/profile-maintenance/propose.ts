import pLimit from 'p-limit';
import type { Db } from '../../database/schema.ts';
import type { Model, ModelBudget } from '../../language/model/port.ts';
import { profilePromptVersion } from '../../language/prompts/profile-maintenance.ts';
import { settleBudget, takeOfBudget } from '../../state/proposals/budgets.ts';
import { noteEntity } from '../../state/proposals/entity-results.ts';
import { claimQuestion, type QuestionKey, storeFound } from '../../state/proposals/proposals.ts';
import type { AttributeTable, ProfileKey, ProfileTerms } from '../../stores/ports/attribute-table.ts';
import { askAbout, NoAnswerError } from './ask.ts';
import { type Examined, examined, type Judged, judgedByRules } from './judge-profile.ts';
import { jobId, type ProfileSettings } from './settings.ts';

/** Profiles that are looked up at once. */
const pageSize = 5_000;
/** After so many questions in a row without an answer, the endpoint is left alone for the rest of the run. */
const mostFailures = 3;
/** A question is somebody else's for so long. No call with its repetitions takes longer. */
const claimSeconds = 900;
/** Proposing ends after so long; profiles that are left wait for the next run. */
const longestMs = 45 * 60_000;

export interface Proposing {
  readonly db: Db;
  readonly collection: string;
  readonly attributes: AttributeTable;
  /** `null`: none is configured, or nothing may be asked. */
  readonly model: Model | null;
  readonly modelName: string;
  readonly settings: ProfileSettings;
  /** `null` in a preview. */
  readonly runNo: number | null;
  readonly signal: AbortSignal;
}

/**
 * Proposes changes for every profile of which no answer is stored, and stores each proposal by itself: a retry finds what was
 * answered before. Returns sentences for the survey. Where the model is not asked, or does not answer, rules alone decide.
 */
export async function propose(proposing: Proposing): Promise<string[]> {
  const state = new ProposingState(proposing);
  const limit = pLimit(proposing.model?.maxConcurrent ?? 1);
  const endsAt = performance.now() + longestMs;
  for (;;) {
    const asks = state.asks;
    const page = await proposing.attributes.unanswered(proposing.db, termsOf(proposing, asks), pageSize);
    const fresh = page.filter((key) => !state.wasTried(key, asks));
    if (fresh.length === 0 && state.asks === asks) break;
    await Promise.all(
      fresh.map((key) =>
        limit(async () => {
          proposing.signal.throwIfAborted();
          if (performance.now() < endsAt) await state.handle(key);
        }),
      ),
    );
    if (performance.now() >= endsAt) {
      state.notes.push('the time for proposals was over; profiles that are left wait for the next run');
      break;
    }
  }
  return state.notes;
}

export function termsOf({ settings, modelName, runNo }: Proposing, asks: boolean): ProfileTerms {
  return {
    ...settings.filter,
    ...{ job: jobId, terms: settings.terms, asks, runNo },
    reask: settings.reask && asks ? { promptVersion: profilePromptVersion, model: modelName } : null,
  };
}

class ProposingState {
  readonly notes: string[] = [];
  readonly #proposing: Proposing;
  readonly #budget: ModelBudget;
  readonly #tried = new Set<string>();
  #asks: boolean;
  #failures = 0;

  constructor(proposing: Proposing) {
    this.#proposing = proposing;
    this.#budget = budgetOf(proposing);
    this.#asks = proposing.model !== null;
    if (proposing.model === null) this.notes.push('no model was asked; rules alone decided');
  }

  get asks(): boolean {
    return this.#asks;
  }

  /** A profile without an answer is not asked about twice in a run. */
  wasTried(key: ProfileKey, asks: boolean): boolean {
    return this.#tried.has(nameOf(key, asks));
  }

  async handle(key: ProfileKey): Promise<void> {
    this.#tried.add(nameOf(key, this.#asks));
    const { db, attributes } = this.#proposing;
    const profile = await attributes.read(db, key);
    if (profile === null) return;
    const question = this.#questionOf({ ...key, data: profile.data });
    const one = examined(profile);
    if (this.#asks) await this.#ask(question, one);
    else await this.#findByRules(question, one);
  }

  async #ask(question: QuestionKey, one: Examined): Promise<void> {
    const { db, model, modelName, settings, runNo, signal } = this.#proposing;
    if (model === null) return;
    const claim = { runNo, seconds: claimSeconds, again: settings.reask };
    const id = await claimQuestion(db, question, claim);
    if (id === null) return;
    try {
      const judged = await askAbout({ db, model, modelName, budget: this.#budget, settings, signal }, id, one);
      this.#failures = 0;
      await this.#note(question, one, judged);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      this.#failures += 1;
      if (error.isFinal || this.#failures >= mostFailures) this.#stopAsking(error.message);
      await this.#findByRules(question, one);
    }
  }

  #stopAsking(reason: string): void {
    if (!this.#asks) return;
    this.#asks = false;
    this.notes.push(`the model was not asked any more: ${reason}. Rules alone decided about the other profiles`);
  }

  async #findByRules(question: QuestionKey, one: Examined): Promise<void> {
    const { db, settings, runNo } = this.#proposing;
    const judged = judgedByRules(one, settings.maxShare);
    await storeFound(db, question, runNo, judged);
    await this.#note(question, one, judged);
  }

  /** What is applied later overwrites this. */
  async #note({ collection, partition, subject }: QuestionKey, { profile }: Examined, judged: Judged): Promise<void> {
    const { db, runNo } = this.#proposing;
    if (runNo === null) return;
    const { lines } = profile;
    await noteEntity(db, runNo, {
      ...{ collection, partition, subject, before: lines, after: lines, categories: [], error: judged.problem },
    });
  }

  #questionOf({ entity, type, bot, data }: ProfileKey): QuestionKey {
    const { collection, settings } = this.#proposing;
    return {
      ...{ job: jobId, collection, partition: entity, subject: JSON.stringify([type, bot]) },
      question: `${data}:${settings.terms}`,
    };
  }
}

function nameOf({ entity, type, bot, data }: ProfileKey, asks: boolean): string {
  return JSON.stringify([asks, entity, type, bot, data]);
}

/** The budget of a run is kept in the database, over its activities and their retries; a preview has one of its own. */
function budgetOf({ db, runNo, settings }: Proposing): ModelBudget {
  const { maxCalls, maxTokens } = settings;
  if (runNo !== null) {
    return {
      take: (tokens) => takeOfBudget(db, runNo, tokens, { maxCalls, maxTokens }),
      settle: (taken, used) => settleBudget(db, runNo, taken, used),
    };
  }
  let [calls, left] = [maxCalls, maxTokens];
  return {
    take: async (tokens) => {
      if (calls < 1 || left < tokens) return false;
      calls -= 1;
      left -= tokens;
      return true;
    },
    settle: async (taken, used) => {
      left += taken - used;
    },
  };
}
