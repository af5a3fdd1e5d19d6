import { deadline } from '../../deadline.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { fromStatus, tooLate, unreachable } from './errors.ts';
import type { WeaviateHttp } from './http-shape.ts';
import { traced } from './traced.ts';

export interface WeaviateAddress {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Limit of each single call. */
  readonly timeoutMs: number;
}

/**
 * Weaviate's REST interface through `fetch`. The official client was measured first and set aside: it is built for
 * applications, not for putting things back. It reads dates into `Date` (nanoseconds and zones are lost), widens
 * geo coordinates, bounds neither inserts nor deletes by a signal, and must be connected before it is made. GraphQL
 * returns integers beyond 32 bits as null. REST objects are exact, and were as fast to read (5–7 thousand/s).
 */
export function createWeaviateHttp(address: WeaviateAddress): WeaviateHttp {
  const base = readAddress(address.url);
  const where = `weaviate at ${base}`;
  const headers = readHeaders(address.apiKey);

  return traced({
    where,
    async call(method, path, options = {}) {
      const { body, signal, accept = [] } = options;
      signal?.throwIfAborted();
      const time = deadline(signal, address.timeoutMs);
      try {
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const response = await fetch(`${base}/v1${path}`, { method, headers, signal: time.signal, ...sent });
        const answer = { status: response.status, body: readBody(await response.text()) };
        if (response.ok || accept.includes(response.status)) return answer;
        throw fromStatus(where, response.status, answer.body);
      } catch (error) {
        if (error instanceof StoreError) throw error;
        signal?.throwIfAborted();
        throw time.passed ? tooLate(where, address.timeoutMs) : unreachable(where, error);
      } finally {
        time.end();
      }
    },
  });
}

/** Credentials in the address are refused: they would end up in messages. The address itself is not echoed. */
function readAddress(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new StoreError('StoreRefusedError', 'the Weaviate address is no http(s) URL');
  }
  if (parsed.username || parsed.password) {
    throw new StoreError('StoreRefusedError', 'the Weaviate address carries credentials; give an API key instead');
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Checked here because `fetch` would quote a key it cannot send in its error. */
function readHeaders(apiKey: string | undefined): Record<string, string> {
  const headers = { 'content-type': 'application/json' };
  if (!apiKey) return headers;
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new StoreError('StoreRefusedError', 'the Weaviate API key has a character no key can have: a line end?');
  }
  return { ...headers, authorization: `Bearer ${apiKey}` };
}

function readBody(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
