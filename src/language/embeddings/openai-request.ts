import { endpointWords } from '../endpoint/endpoint-words.ts';
import { type EndpointAnswer, EndpointFailure, postJson } from '../endpoint/post-json.ts';
import { retryAfterMs } from '../endpoint/retry-after.ts';
import { EmbeddingError } from './errors.ts';

export interface RequestOptions {
  readonly endpoint: string;
  /** For messages: what it is and its origin. */
  readonly where: string;
  readonly model: string;
  readonly apiKey: string | null;
  readonly dimensions: number | null;
  readonly timeoutMs: number;
  /** Some endpoints refuse the parameter `encoding_format`. */
  readonly asksForFloats: boolean;
}

/** Two thousand vectors of sixteen thousand dimensions are smaller. */
const maxBytes = 1024 ** 3;

/** One request for the vectors of these texts: the answer's body, or an `EmbeddingError` that says whose fault it is. */
export async function requestVectors(
  options: RequestOptions,
  input: readonly string[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { endpoint, where, model, apiKey, dimensions, timeoutMs, asksForFloats } = options;
  const body = {
    model,
    input,
    ...(asksForFloats ? { encoding_format: 'float' } : {}),
    ...(dimensions === null ? {} : { dimensions }),
  };
  const answer = await postJson({ endpoint, apiKey, body, timeoutMs, maxBytes }, signal).catch((error: unknown) => {
    throw error instanceof EndpointFailure ? failed(error, options) : error;
  });
  const words = () => quoted(endpointWords(answer.text, { texts: input, apiKey }));
  if (answer.status < 200 || answer.status > 299) throw refusal(answer, where, words());
  return parsed(answer.text, where, words);
}

function failed({ reason, code }: EndpointFailure, { where, timeoutMs }: RequestOptions): EmbeddingError {
  if (reason === 'timeout') {
    return new EmbeddingError('TimeoutError', `${where} did not answer within ${timeoutMs} ms`, { byTexts: true });
  }
  if (reason === 'too_large') {
    const message = `${where} answered with more than ${maxBytes} bytes: check embeddings.url`;
    return new EmbeddingError('EmbeddingRefusedError', message, { byTexts: true });
  }
  // A connection that breaks while the endpoint works on a text may be the text's fault.
  return new EmbeddingError('ConnectionError', `${where} cannot be reached (${code}): is it running?`, {
    byTexts: /^(?:ECONNRESET|UND_ERR_SOCKET|no answer)$/.test(code),
  });
}

function refusal({ status, headers, text }: EndpointAnswer, where: string, words: string): EmbeddingError {
  const final = (message: string, byTexts = false) => new EmbeddingError('EmbeddingRefusedError', message, { byTexts });
  if (status >= 300 && status < 400) return final(`${where} redirects, which is not followed: set its final URL`);
  if (status === 401) return final(`${where} refused the key (401): set EMBEDDINGS_API_KEY${words}`);
  // A filter in front of an endpoint refuses single texts in this way too.
  if (status === 403) return final(`${where} refused access (403): check EMBEDDINGS_API_KEY${words}`, true);
  if (status === 404 || status === 405) {
    return final(
      `${where} has no such endpoint or model (${status}): check embeddings.url and embeddings.model${words}`,
    );
  }
  if (status === 402 || (status === 429 && /insufficient_quota/.test(text))) {
    return final(`${where}: the account's quota is used up (${status})${words}`);
  }
  if (status === 408 || status === 504) {
    return new EmbeddingError('TimeoutError', `${where} ran out of time (${status})${words}`, { byTexts: true });
  }
  if (status === 429 || status >= 500) {
    const state = status === 429 ? 'is rate limited' : status === 500 ? 'failed' : 'is not ready';
    return new EmbeddingError('ConnectionError', `${where} ${state} (${status})${words}`, {
      retryAfterMs: retryAfterMs(headers, Date.now()),
      byTexts: status !== 429,
    });
  }
  const details = { byTexts: true, mostTexts: limitIn(text) };
  return new EmbeddingError('TextRefusedError', `${where} refused the texts (${status})${words}`, details);
}

function parsed(text: string, where: string, words: () => string): unknown {
  const body = fromJson(text) ?? fromJson(text.replace(/(?<=[[,:\s])(?:NaN|-?Infinity)(?=[\],}\s])/g, 'null'));
  if (body === null) {
    const message = `${where} did not answer in JSON: check embeddings.url`;
    throw new EmbeddingError('EmbeddingRefusedError', message, { byTexts: true });
  }
  if (!('error' in body) || 'data' in body) return body;
  throw new EmbeddingError('TextRefusedError', `${where} answered with an error${words()}`, { byTexts: true });
}

/** `null`: no object in JSON. Some endpoints write NaN into theirs. */
function fromJson(text: string): object | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' ? body : null;
  } catch {
    return null;
  }
}

/** The number of texts that a refusal names as the limit of a request. */
function limitIn(text: string): number | null {
  const said = /\b(?:max(?:imum)?|at most|limit|up to|<=)\D{0,60}?(\d{1,5})\b/i.exec(text.slice(0, 2_000))?.[1];
  return said === undefined || !/batch|inputs?\b|texts|items|array/i.test(text) || Number(said) < 1
    ? null
    : Number(said);
}

function quoted(words: string): string {
  return words === '' ? '' : `: "${words}"`;
}
