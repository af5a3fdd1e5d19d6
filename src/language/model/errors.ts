/**
 * `ConnectionError` and `TimeoutError` may pass: the question can be asked again later. `EndpointRefusedError` concerns
 * every question. `AnswerRejectedError` concerns this one: the endpoint answered, and the answer cannot be used.
 */
export type ModelErrorName = 'ConnectionError' | 'TimeoutError' | 'EndpointRefusedError' | 'AnswerRejectedError';

/** Why an answer cannot be used, for the record of the question. */
export type AnswerProblem =
  | 'not_json'
  | 'duplicate_key'
  | 'wrong_shape'
  | 'truncated'
  | 'refused'
  | 'empty'
  | 'too_large'
  | 'question_refused';

/** Calls that a question took, whatever came of them, and their tokens as the endpoint counts them. */
export interface ModelUsage {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const noUsage: ModelUsage = { calls: 0, inputTokens: 0, outputTokens: 0 };

export function addUsage(one: ModelUsage, other: ModelUsage): ModelUsage {
  return {
    calls: one.calls + other.calls,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
  };
}

export interface ModelErrorDetails {
  readonly problem?: AnswerProblem;
  readonly retryAfterMs?: number | null;
  readonly usage?: ModelUsage;
}

/** A model endpoint that failed. The message names the endpoint, never a stored text or a key. */
export class ModelError extends Error {
  override readonly name: ModelErrorName;
  /** Of an `AnswerRejectedError`. */
  readonly problem: AnswerProblem | null;
  readonly retryAfterMs: number | null;
  readonly usage: ModelUsage;

  constructor(name: ModelErrorName, message: string, details: ModelErrorDetails = {}) {
    super(message);
    this.name = name;
    this.problem = details.problem ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.usage = details.usage ?? noUsage;
  }

  /** The same error with what the question took in all. */
  withUsage(usage: ModelUsage): ModelError {
    const { name, message, retryAfterMs } = this;
    return new ModelError(name, message, {
      retryAfterMs,
      usage,
      ...(this.problem === null ? {} : { problem: this.problem }),
    });
  }
}

/** The run has no calls or no tokens left. Nothing was sent. */
export class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError';
  readonly usage: ModelUsage;
  constructor(usage: ModelUsage = noUsage) {
    super('the calls or tokens that a run may use are spent');
    this.usage = usage;
  }
}
