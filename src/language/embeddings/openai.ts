import { setTimeout as sleep } from 'node:timers/promises';
import { batchesOf } from './batches.ts';
import { EmbeddingError } from './errors.ts';
import { requestVectors } from './openai-request.ts';
import type { Embedder } from './port.ts';
import { vectorsOf } from './vectors-of.ts';

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

/** Limit of common endpoints for one request. */
const mostTokens = 200_000;
const firstPauseMs = 500;
/** Of a request that fails for what may pass, before it is asked whether its texts are the cause. */
const mostTries = 3;
/** The same of a part of such a request. */
const ofPart = { mostTries: 2, leastTries: 1 };

interface Limits {
  /** By `performance.now()`: how long an endpoint that fails is waited for. */
  readonly untilMs: number;
  readonly mostTries: number;
  /** Tries before texts are taken for the cause although the time is over. */
  readonly leastTries: number;
}

/**
 * Any endpoint that speaks OpenAI's protocol. Connects to nothing before the first call.
 *
 * A request that fails is judged by a second one with harmless texts, the control:
 *
 *   fails, may pass  → again, `mostTries` times → control fails too → again, until the patience is over → `ConnectionError`
 *   fails, is final  ↘                           ↘
 *                      control succeeds: the texts are the cause → halves → … → one text → `TextRefusedError`
 *                      control fails                                                    → `EmbeddingRefusedError`
 */
export function createOpenAiEmbedder(options: OpenAiOptions): Embedder {
  const endpoint = `${options.url.replace(/\/+$/, '')}/embeddings`;
  const where = `embeddings endpoint ${new URL(endpoint).origin}`;
  const description = `${options.model} at ${new URL(endpoint).origin}`;
  let known = options.dimensions;
  let mostTexts = options.batchSize;
  let format: 'untried' | 'taken' | 'refused' = 'untried';

  async function ask(texts: readonly string[], dimensions: number | null, signal?: AbortSignal): Promise<number[][]> {
    const request = { ...options, endpoint, where, asksForFloats: format !== 'refused' };
    try {
      const body = await requestVectors(request, texts, signal);
      if (format === 'untried') format = 'taken';
      return vectorsOf(body, texts.length, where, dimensions);
    } catch (error) {
      const mayBeFormat = error instanceof EmbeddingError && error.name === 'TextRefusedError' && format === 'untried';
      if (!mayBeFormat) throw error;
      const found = await requestVectors({ ...request, asksForFloats: false }, texts, signal).catch(() => null);
      if (found === null) throw error;
      format = 'refused';
      return vectorsOf(found, texts.length, where, dimensions);
    }
  }

  /** `null`: the endpoint makes vectors of harmless texts. Otherwise why it does not. */
  async function controlFailure(signal?: AbortSignal): Promise<EmbeddingError | null> {
    try {
      await ask(['one', 'two'], known, signal);
      return null;
    } catch (error) {
      if (!(error instanceof EmbeddingError)) throw error;
      return error;
    }
  }

  async function embedBatch(texts: readonly string[], limits: Limits, signal?: AbortSignal): Promise<number[][]> {
    for (let tries = 1; ; tries++) {
      try {
        const vectors = await ask(texts, known, signal);
        known ??= vectors[0]?.length ?? null;
        return vectors;
      } catch (error) {
        if (!(error instanceof EmbeddingError)) throw error;
        const pauseMs = error.retryAfterMs ?? firstPauseMs * 2 ** (tries - 1);
        const isOver = performance.now() + pauseMs > limits.untilMs;
        const leastTries = error.name === 'TimeoutError' ? 1 : limits.leastTries;
        const isLast = tries >= limits.mostTries || (isOver && tries >= leastTries);
        if (!error.mayPass && !error.byTexts) throw error;
        if (error.byTexts && (!error.mayPass || isLast)) {
          const vectors = await judged(texts, error, limits, signal);
          if (vectors !== null) return vectors;
        }
        if (isOver) throw error.mayPass ? error : new EmbeddingError('ConnectionError', error.message);
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  /** The vectors in smaller requests, or whose fault it is; `null`: the endpoint takes no texts at all for now. */
  async function judged(texts: readonly string[], error: EmbeddingError, limits: Limits, signal?: AbortSignal) {
    const control = await controlFailure(signal);
    if (control?.mayPass === true) return null;
    if (control !== null) throw new EmbeddingError('EmbeddingRefusedError', control.message);
    // It may have come back just now.
    const again = error.mayPass ? await ask(texts, known, signal).catch(() => null) : null;
    if (again !== null) return again;
    if (texts.length === 1 || error.name === 'EmbeddingRefusedError') {
      throw new EmbeddingError('TextRefusedError', error.message);
    }
    const said = error.mostTexts !== null && error.mostTexts < texts.length ? error.mostTexts : null;
    const size = said ?? Math.ceil(texts.length / 2);
    const vectors: number[][] = [];
    for (let at = 0; at < texts.length; at += size) {
      vectors.push(...(await embedBatch(texts.slice(at, at + size), { ...limits, ...ofPart }, signal)));
    }
    // All of them in parts, and not together: their number was the cause, and is for the next requests too.
    if (!error.mayPass) mostTexts = Math.min(mostTexts, size);
    return vectors;
  }

  const patient = (): Limits => ({ untilMs: performance.now() + options.patienceMs, mostTries, leastTries: 2 });
  const embed = async (texts: readonly string[], signal?: AbortSignal) => {
    const vectors: number[][] = [];
    for (const batch of batchesOf(texts, mostTexts, mostTokens)) {
      vectors.push(...(await embedBatch(batch, patient(), signal)));
    }
    return vectors;
  };

  /** As a run asks: several texts, as many as in its largest request. */
  const examine = async (limits: Limits, signal?: AbortSignal): Promise<number> => {
    const texts = Array.from({ length: Math.max(2, mostTexts) }, (_, at) => `text ${at + 1}`);
    known = options.dimensions;
    const [vector] = await embedBatch(texts, limits, signal);
    return vector?.length ?? 0;
  };
  return {
    description,
    makesVectors: true,
    remote: true,
    embed,
    dimensions: (signal) => examine(patient(), signal),
    probe: async (signal) => {
      const dimensions = await examine({ ...patient(), untilMs: performance.now() }, signal);
      const fewer =
        mostTexts < options.batchSize ? `, takes ${mostTexts} texts in a request, not ${options.batchSize}` : '';
      return `${description}, ${dimensions} dimensions${fewer}`;
    },
  };
}
