import type { z } from 'zod';
import type { ModelUsage } from './errors.ts';

/** Calls and tokens that a run may use, over all its activities and their retries. */
export interface ModelBudget {
  /** Takes one call and so many tokens; `false`: they are not left, and nothing is taken. */
  take(tokens: number): Promise<boolean>;
  /** Books what a call used in place of the tokens that were taken for it. */
  settle(taken: number, used: number): Promise<void>;
}

export interface Question<T> {
  /** Name of the answer's shape, as the endpoint is told. */
  readonly name: string;
  /** Instructions, from a prompt of `prompts/`. */
  readonly system: string;
  /** Data, delimited as such. */
  readonly user: string;
  readonly schema: z.ZodType<T>;
  /** Another model than the configured one. */
  readonly model?: string | null;
}

export interface Answer<T> {
  readonly value: T;
  /** The model that was asked. */
  readonly model: string;
  readonly usage: ModelUsage;
}

/** A language model that answers in a given shape. */
export interface Model {
  /** For logs and reports: the model and the endpoint's origin. Never carries credentials. */
  readonly description: string;
  /** Questions open at once. */
  readonly maxConcurrent: number;
  /** A question that is longer is refused before it is sent. */
  readonly maxQuestionTokens: number;
  /** Rejects with `ModelError`, or with `BudgetSpentError`. */
  ask<T>(question: Question<T>, budget: ModelBudget, signal: AbortSignal): Promise<Answer<T>>;
  /** Whether the endpoint answers and takes the key. Uses no tokens where the endpoint lists its models. */
  probe(signal?: AbortSignal): Promise<string>;
  /** Asks a small question, as a run would ask its own. */
  examine(signal?: AbortSignal): Promise<string>;
}

/** One call, for the metrics. */
export interface ModelCall {
  readonly model: string;
  readonly outcome: 'answered' | 'rejected' | 'refused' | 'failed';
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}
