import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { deadline } from '../../deadline.ts';
import { batchesOf } from './batches.ts';
import { EmbeddingError } from './errors.ts';
import type { Embedder } from './port.ts';
import { retryAfterMs } from './retry-after.ts';

export interface OpenAiOptions {
  /** Base of the endpoints: `https://api.openai.com/v1`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | null;
  /** Asked of the endpoint, and demanded of its vectors; `null`: whatever the model makes. */
  readonly dimensions: number | null;
  /** Texts in a request. */
  readonly batchSize: number;
  readonly timeoutMs: number;
  /** How long a call waits for an endpoint that asks for patience, in all. */
  readonly patienceMs: number;
}

/** What common endpoints take in one request. */
const mostTokens = 200_000;
const firstPauseMs = 500;
const longestSaid = 200;

const answer = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })),
});
const spoken = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/** Any endpoint that speaks OpenAI's protocol. Connects to nothing before the first call. */
export function createOpenAiEmbedder(options: OpenAiOptions): Embedder {
  const endpoint = `${options.url.replace(/\/+$/, '')}/embeddings`;
  const where = `embeddings at ${new URL(endpoint).origin}`;
  let known = options.dimensions;

  async function embedBatch(texts: readonly string[], signal: AbortSignal | undefined): Promise<number[][]> {
    const untilMs = performance.now() + options.patienceMs;
    for (let tries = 0; ; tries++) {
      try {
        return vectorsOf(await post(texts, signal), texts.length);
      } catch (error) {
        if (!(error instanceof EmbeddingError) || error.name !== 'ConnectionError') throw error;
        const pauseMs = error.retryAfterMs ?? firstPauseMs * 2 ** tries;
        if (performance.now() + pauseMs > untilMs) throw error;
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  async function post(input: readonly string[], signal: AbortSignal | undefined): Promise<unknown> {
    const time = deadline(signal, options.timeoutMs);
    const { model, apiKey, dimensions } = options;
    try {
      signal?.throwIfAborted();
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({
          model,
          input,
          encoding_format: 'float',
          ...(dimensions === null ? {} : { dimensions }),
        }),
        // A key must not travel on to wherever an endpoint points.
        redirect: 'manual',
        signal: time.signal,
      });
      const text = await response.text();
      if (!response.ok) throw refusal(response, text);
      return parsed(text);
    } catch (error) {
      if (error instanceof EmbeddingError) throw error;
      signal?.throwIfAborted();
      if (time.passed)
        throw new EmbeddingError('TimeoutError', `${where} did not answer within ${options.timeoutMs} ms`);
      throw new EmbeddingError('ConnectionError', `${where} cannot be reached (${codeOf(error)}): is it running?`);
    } finally {
      time.end();
    }
  }

  function refusal(response: Response, text: string): EmbeddingError {
    const { status } = response;
    if (status >= 300 && status < 400) {
      return new EmbeddingError(
        'EmbeddingRefusedError',
        `${where} redirects, which is not followed: set its final URL`,
      );
    }
    const said = wordsOf(text);
    if (status === 401 || status === 403) {
      return new EmbeddingError(
        'EmbeddingRefusedError',
        `${where} refused the key (${status}): set EMBEDDINGS_API_KEY. ${said}`,
      );
    }
    if (status === 404) {
      const advice = 'check embeddings.url and embeddings.model';
      return new EmbeddingError(
        'EmbeddingRefusedError',
        `${where} has no such endpoint or model (404): ${advice}. ${said}`,
      );
    }
    if (status === 408 || status === 504)
      return new EmbeddingError('TimeoutError', `${where} ran out of time (${status})`);
    if (status === 429 && /insufficient_quota/.test(text)) {
      return new EmbeddingError('EmbeddingRefusedError', `${where}: the account's quota is used up. ${said}`);
    }
    if (status === 429 || status >= 500) {
      return new EmbeddingError(
        'ConnectionError',
        `${where} is ${status === 429 ? 'rate limited' : 'not ready'} (${status}). ${said}`,
        retryAfterMs(response.headers, Date.now()),
      );
    }
    return new EmbeddingError('TextRefusedError', `${where} refused the texts (${status}). ${said}`);
  }

  function parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new EmbeddingError('ConnectionError', `${where} did not answer in JSON`);
    }
  }

  /** By their index, whatever order they came in. */
  function vectorsOf(body: unknown, count: number): number[][] {
    const read = answer.safeParse(body);
    if (!read.success) throw new EmbeddingError('EmbeddingRefusedError', `${where} does not speak OpenAI's protocol`);
    const vectors: number[][] = [];
    for (const { index, embedding } of read.data.data) vectors[index] = embedding;
    if (vectors.length !== count || read.data.data.length !== count) {
      throw new EmbeddingError(
        'EmbeddingRefusedError',
        `${where} gave ${read.data.data.length} vectors for ${count} texts`,
      );
    }
    for (const vector of vectors) {
      known ??= vector.length;
      if (vector.length !== known || vector.length === 0) {
        const lengths = `vectors of ${vector.length} dimensions, not ${known}`;
        throw new EmbeddingError('EmbeddingRefusedError', `${where} makes ${lengths} (embeddings.dimensions)`);
      }
    }
    return vectors.map((vector) => vector.map(Math.fround));
  }

  const embed = async (texts: readonly string[], signal?: AbortSignal) => {
    const vectors: number[][] = [];
    for (const batch of batchesOf(texts, options.batchSize, mostTokens))
      vectors.push(...(await embedBatch(batch, signal)));
    return vectors;
  };
  return {
    description: `${options.model} at ${new URL(endpoint).origin}`,
    makesVectors: true,
    remote: true,
    embed,
    dimensions: async (signal) => {
      const [vector] = await embed(['dimensions'], signal);
      return vector?.length ?? null;
    },
    probe: async (signal) => {
      await post(['probe'], signal);
    },
  };
}

function wordsOf(text: string): string {
  try {
    const read = spoken.safeParse(JSON.parse(text));
    if (!read.success) return '';
    const { error } = read.data;
    return (typeof error === 'string' ? error : error.message).slice(0, longestSaid);
  } catch {
    return '';
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no answer';
}
