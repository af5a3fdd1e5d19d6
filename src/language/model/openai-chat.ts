import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EndpointGate } from '../endpoint/gate.ts';
import { tokensAtMost } from '../endpoint/tokens.ts';
import { type ChatOptions, questionRefused, requestChat } from './chat-request.ts';
import { Dialect } from './dialect.ts';
import { BudgetSpentError, ModelError, type ModelUsage, noUsage } from './errors.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Answer, Model, ModelBudget, ModelCall, Question } from './port.ts';
import { probeModels } from './probe-models.ts';

export interface OpenAiChatOptions {
  /** Base of the endpoints: `https://api.openai.com/v1`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | null;
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly maxAnswerTokens: number;
  readonly maxQuestionTokens: number;
  readonly maxConcurrent: number;
  readonly callsPerMinute: number | null;
  /** How long a question waits for an endpoint that asks for patience, in all. */
  readonly patienceMs: number;
  /** Before the second try; it doubles with each further one, give or take a half. */
  readonly firstPauseMs: number;
  /** Is told of every call. */
  readonly onCall?: (call: ModelCall) => void;
}

/** Of one question that fails for what may pass. Nothing around this client tries again. */
const mostTries = 3;
/** A question that has cost a whole time limit is tried once more, and not twice. */
const mostTimeouts = 2;

/** Any endpoint that speaks OpenAI's chat completions. Connects to nothing before the first call. */
export function createOpenAiChat(options: OpenAiChatOptions): Model {
  const { origin } = new URL(options.url);
  const base = options.url.replace(/\/+$/, '');
  const where = `model endpoint ${origin}`;
  const gate = new EndpointGate(options);
  const dialects = new Map<string, Dialect>();
  /** Models that have answered: a question that such a model refuses is at fault itself. */
  const answering = new Set<string>();
  const chat: ChatOptions = {
    ...options,
    endpoint: `${base}/chat/completions`,
    where,
    maxBytes: options.maxAnswerBytes,
  };

  /** One call, with the parameters that the endpoint is known to take. Every request uses the budget. */
  async function call<T>(question: Question<T>, budget: ModelBudget, meter: Meter, signal: AbortSignal): Promise<T> {
    const model = question.model ?? options.model;
    const dialect = dialects.get(model) ?? new Dialect();
    dialects.set(model, dialect);
    for (let changes = 0; ; changes++) {
      const spoken = dialect.version;
      const reserved = tokensAtMost(question.system + question.user) + options.maxAnswerTokens;
      if (!(await budget.take(reserved))) throw new BudgetSpentError(meter.usage);
      const begunAt = performance.now();
      let told = false;
      let used = 0;
      const tell = (outcome: ModelCall['outcome'], tokens: Tokens) => {
        told = true;
        used = meter.count(tokens);
        options.onCall?.({ model, outcome, latencyMs: performance.now() - begunAt, ...tokensOf(tokens) });
      };
      try {
        const answer = await requestChat(chat, question, model, dialect, signal);
        if (answer.content === null) {
          tell('refused', answer);
          // Another question may have changed it meanwhile.
          const changed = dialect.version !== spoken || dialect.adapt(answer.text);
          if (changed && changes < Dialect.mostChanges) continue;
          throw questionRefused(where, answer.text, question, options.apiKey);
        }
        answering.add(model);
        return accepted(question, answer.content, answer, tell);
      } catch (error) {
        if (error instanceof ModelError && !told) tell(outcomeOf(error), error.usage);
        // The endpoint may have worked until it was cut off.
        if (error instanceof ModelError && isCutOff(error)) used = reserved;
        throw error;
      } finally {
        await budget.settle(reserved, used);
      }
    }
  }

  function accepted<T>(
    question: Question<T>,
    content: string,
    tokens: Tokens,
    tell: (outcome: ModelCall['outcome'], tokens: Tokens) => void,
  ): T {
    try {
      const value = parseAnswer(content, question.schema, where);
      tell('answered', tokens);
      return value;
    } catch (error) {
      tell('rejected', tokens);
      throw error;
    }
  }

  /** A model that refuses a harmless question too, such as one that does not exist, is no matter of the question. */
  async function judged(error: ModelError, model: string, budget: ModelBudget, meter: Meter, signal: AbortSignal) {
    if (error.problem !== 'question_refused' || answering.has(model)) return error;
    try {
      await call({ ...smallQuestion, model }, budget, meter, signal);
      return error;
    } catch (control) {
      if (!(control instanceof ModelError) || control.problem !== 'question_refused') return error;
      return new ModelError('EndpointRefusedError', error.message);
    }
  }

  async function ask<T>(question: Question<T>, budget: ModelBudget, signal: AbortSignal): Promise<Answer<T>> {
    const tokens = tokensAtMost(question.system + question.user);
    if (tokens > options.maxQuestionTokens) {
      const message = `the question has ${tokens} tokens, more than ${options.maxQuestionTokens} (model.max_question_tokens)`;
      throw new ModelError('AnswerRejectedError', message, { problem: 'question_refused' });
    }
    const meter = new Meter();
    const untilMs = performance.now() + options.patienceMs;
    for (let [tries, timeouts] = [1, 0]; ; tries++) {
      try {
        const value = await gate.run(signal, () => call(question, budget, meter, signal));
        return { value, model: question.model ?? options.model, usage: meter.usage };
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        if (error.name === 'TimeoutError') timeouts += 1;
        const pauseMs = error.retryAfterMs ?? options.firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random());
        if (error.retryAfterMs !== null) gate.leaveAlone(Math.min(error.retryAfterMs, options.patienceMs));
        const mayPass = error.name === 'ConnectionError' || error.name === 'TimeoutError';
        const isLast = tries >= mostTries || timeouts >= mostTimeouts || performance.now() + pauseMs > untilMs;
        if (!mayPass || isLast) {
          const model = question.model ?? options.model;
          throw (await judged(error, model, budget, meter, signal)).withUsage(meter.usage);
        }
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  const description = `${options.model} at ${origin}`;
  return {
    description,
    maxConcurrent: options.maxConcurrent,
    maxQuestionTokens: options.maxQuestionTokens,
    ask,
    probe: async (signal) => {
      await probeModels({ ...options, base, where }, signal);
      return `${description} answers`;
    },
    examine: async (signal = AbortSignal.timeout(options.timeoutMs)) => {
      const { usage } = await ask(smallQuestion, unlimited, signal);
      return `${description}, ${usage.inputTokens + usage.outputTokens} tokens for a small question`;
    },
  };
}

interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Calls and tokens of one question. */
class Meter {
  usage: ModelUsage = noUsage;

  /** Returns the tokens of this call. */
  count({ inputTokens, outputTokens }: Tokens): number {
    const { usage } = this;
    this.usage = {
      calls: usage.calls + 1,
      inputTokens: usage.inputTokens + inputTokens,
      outputTokens: usage.outputTokens + outputTokens,
    };
    return inputTokens + outputTokens;
  }
}

function tokensOf({ inputTokens, outputTokens }: Tokens): Tokens {
  return { inputTokens, outputTokens };
}

function isCutOff({ name, problem }: ModelError): boolean {
  return name === 'TimeoutError' || problem === 'too_large';
}

function outcomeOf({ name, problem }: ModelError): ModelCall['outcome'] {
  if (name === 'EndpointRefusedError' || problem === 'refused') return 'refused';
  return name === 'AnswerRejectedError' ? 'rejected' : 'failed';
}

const smallQuestion: Question<{ ok: boolean }> = {
  name: 'check',
  system: 'Answer with the JSON object {"ok": true} and nothing else.',
  user: 'Is this endpoint ready?',
  schema: z.strictObject({ ok: z.boolean() }),
};

const unlimited: ModelBudget = { take: async () => true, settle: async () => {} };
