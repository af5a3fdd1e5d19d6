import type { Db } from '../../database/schema.ts';
import { ModelError, type ModelUsage, noUsage } from '../../language/model/errors.ts';
import type { Model, ModelBudget } from '../../language/model/port.ts';
import { profilePromptVersion, profileQuestion } from '../../language/prompts/profile-maintenance.ts';
import { answerQuestion, giveUpQuestion } from '../../state/proposals/proposals.ts';
import { answerTo, isFinal, isWithoutAnswer } from '../model-failures.ts';
import { type Examined, type Judged, judgedByModel, judgedByRules, shownLines, unusable } from './judge-profile.ts';
import type { ProfileSettings } from './settings.ts';

/** A profile with more lines is judged by rules alone. */
const mostLines = 400;

export interface Asking {
  readonly db: Db;
  readonly model: Model;
  readonly modelName: string;
  readonly budget: ModelBudget;
  readonly settings: ProfileSettings;
  readonly runNo: number | null;
  readonly signal: AbortSignal;
}

/** Why no answer came; nothing is stored then, and a later run asks. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** Whether no other question can be asked either. */
  readonly isFinal: boolean;
  constructor(message: string, isFinal: boolean) {
    super(message);
    this.isFinal = isFinal;
  }
}

/** Asks about one profile and stores the answer under the question that was claimed. */
export async function askAbout(asking: Asking, id: string, one: Examined): Promise<Judged> {
  const { db, settings } = asking;
  const store = async (judged: Judged, usage: ModelUsage) => {
    const { state, content, problem, due } = judged;
    const model = asking.modelName;
    await answerQuestion(
      db,
      id,
      {
        state,
        asked: true,
        content,
        problem,
        due,
        promptVersion: profilePromptVersion,
        model,
        usage,
      },
      { runNo: asking.runNo, lines: one.profile.lines },
    );
    return judged;
  };
  if (one.left.length < 2 || one.left.length > mostLines) {
    return store(judgedByRules(one, settings.maxShare), noUsage);
  }
  try {
    const question = profileQuestion(shownLines(one), settings.model);
    const answer = await answerTo(() => asking.model.ask(question, asking.budget, asking.signal));
    if (answer === null) return await store(judgedByRules(one, settings.maxShare), noUsage);
    return await store(judgedByModel(one, answer.value.operations, settings.maxShare), answer.usage);
  } catch (error) {
    if (error instanceof ModelError && error.problem !== null) {
      return store(unusable(`${error.problem}: ${error.message}`), error.usage);
    }
    await giveUpQuestion(db, id);
    if (isWithoutAnswer(error)) throw new NoAnswerError(error.message, isFinal(error));
    throw error;
  }
}
