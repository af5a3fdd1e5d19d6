import { BudgetSpentError, ModelError } from '../language/model/errors.ts';

/** After so many questions in a row without an answer, a job does not ask any more. */
const mostInARow = 3;

/** The model gave no answer to a question: it failed, or the budget of the run is spent. */
export function isWithoutAnswer(error: unknown): error is ModelError | BudgetSpentError {
  return error instanceof ModelError || error instanceof BudgetSpentError;
}

/** `null`: the question is too long for the model. It was not sent, and rules alone decide what it was about. */
export async function answerTo<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    const wasNotSent = error instanceof ModelError && error.problem === 'question_refused' && error.usage.calls === 0;
    if (wasNotSent) return null;
    throw error;
  }
}

/** Whether no later question of the run would be answered either. */
export function isFinal(error: ModelError | BudgetSpentError): boolean {
  return error instanceof BudgetSpentError || error.name === 'EndpointRefusedError';
}

/** Counts questions without an answer, so that a job leaves an endpoint alone that does not answer. */
export class ModelFailures {
  #inARow = 0;
  #isOver = false;
  #unanswered = 0;
  #reason = '';

  /** No further question is to be asked. */
  get isOver(): boolean {
    return this.#isOver;
  }

  answered(): void {
    this.#inARow = 0;
  }

  /** Counts a failure; returns whether no further question is to be asked. */
  failed(isFinal: boolean, reason = ''): boolean {
    this.#inARow += 1;
    this.#unanswered += 1;
    this.#reason = reason;
    this.#isOver ||= isFinal || this.#inARow >= mostInARow;
    return this.#isOver;
  }

  /** The failures in words. A job that does not ask any more says so itself. */
  notes(thing: 'profile' | 'user'): string[] {
    if (this.#unanswered === 0 || this.#isOver) return [];
    const things = `${this.#unanswered} ${thing}${this.#unanswered === 1 ? '' : 's'}`;
    return [`no answer came about ${things}, and rules alone decided: ${this.#reason}`];
  }
}

/** Answers that are stored as unusable, in words. */
export function answersNotUsed(count: number, things: 'profiles' | 'memories'): string[] {
  if (count === 0) return [];
  const answers = count === 1 ? '1 answer of the model was' : `${count} answers of the model were`;
  return [
    `${answers} not used, and the ${things} stay as they are: \`coppice proposals list --state unusable\` says why`,
  ];
}
