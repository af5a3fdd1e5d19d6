import { BudgetSpentError, ModelError } from '../language/model/errors.ts';

/** After so many questions in a row without an answer, a job does not ask any more. */
const mostInARow = 3;

/** The model gave no answer to a question: it failed, or the budget of the run is spent. */
export function isWithoutAnswer(error: unknown): error is ModelError | BudgetSpentError {
  return error instanceof ModelError || error instanceof BudgetSpentError;
}

/** Whether no later question of the run would be answered either. */
export function isFinal(error: ModelError | BudgetSpentError): boolean {
  return error instanceof BudgetSpentError || error.name === 'EndpointRefusedError';
}

/** Counts questions without an answer, so that a job leaves an endpoint alone that does not answer. */
export class ModelFailures {
  #inARow = 0;
  #isOver = false;

  /** No further question is to be asked. */
  get isOver(): boolean {
    return this.#isOver;
  }

  answered(): void {
    this.#inARow = 0;
  }

  /** Counts a failure; returns whether no further question is to be asked. */
  failed(isFinal: boolean): boolean {
    this.#inARow += 1;
    this.#isOver ||= isFinal || this.#inARow >= mostInARow;
    return this.#isOver;
  }
}
