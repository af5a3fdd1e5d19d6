import pLimit from 'p-limit';
import type { Db } from '../../database/schema.ts';
import type { Model, ModelBudget } from '../../language/model/port.ts';
import { profilePromptVersion } from '../../language/prompts/profile-maintenance.ts';
import { noteEntities } from '../../state/proposals/entity-results.ts';
import { countUnusable } from '../../state/proposals/previewed.ts';
import {
  claimQuestions,
  giveUpQuestion,
  nameOf,
  type QuestionKey,
  storeFound,
} from '../../state/proposals/proposals.ts';
import type { AttributeTable, ProfileKey, ProfileTerms } from '../../stores/ports/attribute-table.ts';
import { answersNotUsed, ModelFailures } from '../model-failures.ts';
import { RunBudget } from '../run-budget.ts';
import { askAbout, NoAnswerError } from './ask.ts';
import { type Examined, examined, type Judged, judgedByRules } from './judge-profile.ts';
import { namePreviewed } from './previewed.ts';
import { jobId, type ProfileSettings } from './settings.ts';

/** Profiles that are looked up at once. */
const pageSize = 5_000;
/** Profiles that are read and claimed at once, for each call that may be open. */
const profilesPerCall = 8;
/** A question is somebody else's for so long. */
const claimSeconds = 1_800;
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
  const budget = new RunBudget(proposing.db, proposing.runNo, {
    calls: proposing.settings.maxCalls,
    tokens: proposing.settings.maxTokens,
  });
  const state = new ProposingState(proposing, budget);
  try {
    await proposeAll(proposing, state);
  } finally {
    await budget.close();
  }
  return [...state.notes, ...state.unanswered, ...answersNotUsed(await unusable(proposing, state), 'profiles')];
}

/** Answers that cannot be used: of a preview its own, of a run also those of previews before it. */
async function unusable(proposing: Proposing, { refused }: ProposingState): Promise<number> {
  const { db, collection, runNo } = proposing;
  if (runNo === null) return refused;
  await namePreviewed(proposing, runNo);
  return countUnusable(db, jobId, collection, runNo);
}

async function proposeAll(proposing: Proposing, state: ProposingState): Promise<void> {
  const endsAt = performance.now() + longestMs;
  const atOnce = profilesPerCall * (proposing.model?.maxConcurrent ?? 16);
  for (;;) {
    const asks = state.asks;
    const page = await proposing.attributes.unanswered(proposing.db, termsOf(proposing, asks), pageSize);
    const fresh = page.filter((key) => !state.wasTried(key, asks));
    if (fresh.length === 0 && state.asks === asks) return;
    // Profiles are read and claimed while those before them are asked about.
    let open: Promise<unknown> = Promise.resolve();
    for (let at = 0; at < fresh.length && performance.now() < endsAt; at += atOnce) {
      proposing.signal.throwIfAborted();
      const answers = Promise.all(await state.begin(fresh.slice(at, at + atOnce)));
      // A failure reaches the code that awaits it; until then it must not end the process.
      answers.catch(() => {});
      await open;
      open = answers;
    }
    await open;
    if (performance.now() < endsAt) continue;
    state.notes.push('the time for proposals was over; profiles that are left wait for the next run');
    return;
  }
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
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #tried = new Set<string>();
  #asks: boolean;
  readonly #failures = new ModelFailures();
  #refused = 0;

  constructor(proposing: Proposing, budget: ModelBudget) {
    this.#proposing = proposing;
    this.#budget = budget;
    this.#limit = pLimit(proposing.model?.maxConcurrent ?? 1);
    this.#asks = proposing.model !== null;
    if (proposing.model === null) this.notes.push('no model was asked; rules alone decided');
  }

  /** So many answers cannot be used. */
  get refused(): number {
    return this.#refused;
  }

  get unanswered(): readonly string[] {
    return this.#failures.notes('profile');
  }

  get asks(): boolean {
    return this.#asks;
  }

  /** A profile without an answer is not asked about twice in a run. */
  wasTried(key: ProfileKey, asks: boolean): boolean {
    return this.#tried.has(triedName(key, asks));
  }

  /** Profiles are read, and their questions claimed, together; returns the answers to come, each by itself. */
  async begin(keys: readonly ProfileKey[]): Promise<readonly Promise<void>[]> {
    for (const key of keys) this.#tried.add(triedName(key, this.#asks));
    const { db, attributes, runNo, settings } = this.#proposing;
    const profiles = await attributes.read(db, keys);
    const all = profiles.map((profile) => ({ question: this.#questionOf(profile), one: examined(profile) }));
    if (!this.#asks) {
      for (const { question, one } of all) await this.#findByRules(question, one);
      return [];
    }
    const claim = { runNo, seconds: claimSeconds, again: settings.reask };
    const ids = await claimQuestions(
      db,
      all.map(({ question }) => question),
      claim,
    );
    return all.flatMap(({ question, one }) => {
      const id = ids.get(nameOf(question));
      return id === undefined ? [] : [this.#limit(() => this.#ask(id, question, one))];
    });
  }

  async #ask(id: string, question: QuestionKey, one: Examined): Promise<void> {
    const { db, model, modelName, settings, runNo, signal } = this.#proposing;
    signal.throwIfAborted();
    if (model === null || !this.#asks) {
      await giveUpQuestion(db, id);
      await this.#findByRules(question, one);
      return;
    }
    try {
      const judged = await askAbout({ db, model, modelName, budget: this.#budget, settings, runNo, signal }, id, one);
      if (judged.state === 'unusable') this.#refused += 1;
      this.#failures.answered();
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      if (this.#failures.failed(error.isFinal, error.message)) this.#stopAsking(error.message);
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

  /** A proposal that is applied later overwrites this. */
  async #note({ collection, partition, subject }: QuestionKey, { profile }: Examined, judged: Judged): Promise<void> {
    const { db, runNo } = this.#proposing;
    if (runNo === null) return;
    const { lines } = profile;
    await noteEntities(db, runNo, [
      { collection, partition, subject, before: lines, after: lines, categories: [], error: judged.problem },
    ]);
  }

  #questionOf({ entity, type, bot, data }: ProfileKey): QuestionKey {
    const { collection, settings } = this.#proposing;
    return {
      ...{ job: jobId, collection, partition: entity, subject: JSON.stringify([type, bot]) },
      question: `${data}:${settings.terms}`,
    };
  }
}

function triedName({ entity, type, bot, data }: ProfileKey, asks: boolean): string {
  return JSON.stringify([asks, entity, type, bot, data]);
}
