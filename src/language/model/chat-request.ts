import { z } from 'zod';
import { endpointWords } from '../endpoint/endpoint-words.ts';
import { type EndpointAnswer, EndpointFailure, postJson } from '../endpoint/post-json.ts';
import { retryAfterMs } from '../endpoint/retry-after.ts';
import { tokensAtMost } from '../endpoint/tokens.ts';
import type { Dialect } from './dialect.ts';
import { ModelError } from './errors.ts';
import type { Question } from './port.ts';

export interface ChatOptions {
  readonly endpoint: string;
  /** For messages: what it is and its origin. */
  readonly where: string;
  readonly apiKey: string | null;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxAnswerTokens: number;
}

export interface ChatAnswer {
  /** `null`: the endpoint refuses the request as it is written; `text` names what it does not take. */
  readonly content: string | null;
  readonly text: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const count = z.int().min(0).nullish();
const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish(),
});

/** One request. Rejects with a `ModelError` that says whose fault it is. */
export async function requestChat<T>(
  options: ChatOptions,
  question: Question<T>,
  model: string,
  dialect: Dialect,
  signal: AbortSignal,
): Promise<ChatAnswer> {
  const { endpoint, where, apiKey, timeoutMs, maxBytes } = options;
  const body = dialect.body(question, model, options.maxAnswerTokens);
  const answer = await postJson({ endpoint, apiKey, body, timeoutMs, maxBytes }, signal).catch((error: unknown) => {
    throw error instanceof EndpointFailure ? failed(error, options) : error;
  });
  const sent = { texts: [question.user, question.system], apiKey };
  const words = quoted(endpointWords(answer.text, sent));
  if (answer.status >= 200 && answer.status < 300) return read(answer.text, question, where, words);
  if (answer.status === 400 || answer.status === 422) {
    return { content: null, text: answer.text, inputTokens: 0, outputTokens: 0 };
  }
  throw refusal(answer, where, words);
}

/** The error for a request that the endpoint refuses in every form. */
export function questionRefused(where: string, text: string, question: Question<unknown>, apiKey: string | null) {
  const words = quoted(endpointWords(text, { texts: [question.user, question.system], apiKey }));
  return new ModelError('AnswerRejectedError', `${where} refused the question${words}`, {
    problem: 'question_refused',
  });
}

function failed({ reason, code }: EndpointFailure, { where, timeoutMs, maxBytes }: ChatOptions): ModelError {
  if (reason === 'timeout') return new ModelError('TimeoutError', `${where} did not answer within ${timeoutMs} ms`);
  if (reason === 'too_large') {
    const message = `${where} answered with more than ${maxBytes} bytes (model.max_answer_bytes)`;
    return new ModelError('AnswerRejectedError', message, { problem: 'too_large' });
  }
  return new ModelError('ConnectionError', `${where} cannot be reached (${code}): is it running?`);
}

function refusal({ status, headers, text }: EndpointAnswer, where: string, words: string): ModelError {
  const final = (message: string) => new ModelError('EndpointRefusedError', `${where} ${message}${words}`);
  if (status >= 300 && status < 400) return final('redirects, which is not followed: set model.url to its final URL');
  if (status === 401) return final('refused the key (401): set COPPICE_MODEL_KEY');
  if (status === 403) return final('refused access (403): check COPPICE_MODEL_KEY');
  if (status === 404 || status === 405) {
    return final(`has no such endpoint or model (${status}): check model.url and model.name`);
  }
  if (status === 402 || (status === 429 && /insufficient_quota/.test(text))) {
    return final(`reports that the account's quota is used up (${status})`);
  }
  if (status === 408 || status === 504)
    return new ModelError('TimeoutError', `${where} ran out of time (${status})${words}`);
  if (status === 429 || status >= 500) {
    const state = status === 429 ? 'is rate limited' : status === 500 ? 'failed' : 'is not ready';
    return new ModelError('ConnectionError', `${where} ${state} (${status})${words}`, {
      retryAfterMs: retryAfterMs(headers, Date.now()),
    });
  }
  return new ModelError('AnswerRejectedError', `${where} refused the question (${status})${words}`, {
    problem: 'question_refused',
  });
}

function read(text: string, question: Question<unknown>, where: string, words: string): ChatAnswer {
  const { choices, usage } = parsed(text, where, words);
  const [choice] = choices;
  const content = choice?.message.content ?? '';
  // Where an endpoint does not count, the bound stands in.
  const tokens = {
    inputTokens: usage?.prompt_tokens ?? tokensAtMost(question.system + question.user),
    outputTokens: usage?.completion_tokens ?? tokensAtMost(content),
  };
  const reject = (problem: 'truncated' | 'refused' | 'empty', message: string) =>
    new ModelError('AnswerRejectedError', `${where} ${message}`, { problem, usage: { calls: 0, ...tokens } });
  const { finish_reason: reason, message } = choice ?? {};
  if (reason === 'length') throw reject('truncated', 'cut its answer off (model.max_answer_tokens)');
  if (reason === 'content_filter' || (message?.refusal ?? '') !== '') throw reject('refused', 'refused to answer');
  if (content === '') throw reject('empty', 'gave an empty answer');
  return { content, text: '', ...tokens };
}

/** Something in place of the endpoint, such as a page of a proxy, would answer every other question so too. */
function parsed(text: string, where: string, words: string): z.infer<typeof completion> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ModelError('EndpointRefusedError', `${where} did not answer in JSON: check model.url`);
  }
  const found = completion.safeParse(body);
  if (found.success) return found.data;
  const isError = typeof body === 'object' && body !== null && 'error' in body;
  throw new ModelError(
    'EndpointRefusedError',
    isError
      ? `${where} answered with an error${words}`
      : `${where} does not answer in the form of OpenAI's chat completions: check model.url`,
  );
}

function quoted(words: string): string {
  return words === '' ? '' : `: "${words}"`;
}
