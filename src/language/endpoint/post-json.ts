import { deadline } from '../../deadline.ts';

export interface JsonRequest {
  readonly endpoint: string;
  readonly apiKey: string | null;
  readonly body: unknown;
  /** Of the whole call, from the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** An answer that is longer is not read to its end. */
  readonly maxBytes: number;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The endpoint gave no answer that could be read to its end. */
export class EndpointFailure extends Error {
  override readonly name = 'EndpointFailure';
  readonly reason: 'timeout' | 'unreachable' | 'too_large';
  /** Code of the operating system or of the HTTP client; `no answer` where there is none. */
  readonly code: string;

  constructor(reason: EndpointFailure['reason'], code = 'no answer') {
    super(reason);
    this.reason = reason;
    this.code = code;
  }
}

/** One POST of JSON with limits on time and size. Rejects with `EndpointFailure`, or with the reason of `signal`. */
export async function postJson(request: JsonRequest, signal: AbortSignal | undefined): Promise<EndpointAnswer> {
  const { endpoint, apiKey, body, timeoutMs, maxBytes } = request;
  const time = deadline(signal, timeoutMs);
  try {
    signal?.throwIfAborted();
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
      // A key must not travel on to wherever an endpoint points.
      redirect: 'manual',
      signal: time.signal,
    });
    return { status: response.status, headers: response.headers, text: await limitedText(response, maxBytes) };
  } catch (error) {
    if (error instanceof EndpointFailure) throw error;
    signal?.throwIfAborted();
    throw time.passed ? new EndpointFailure('timeout') : new EndpointFailure('unreachable', codeOf(error));
  } finally {
    time.end();
  }
}

async function limitedText(response: Response, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    // Leaving the loop cancels the body, which ends the connection.
    if (bytes > maxBytes) throw new EndpointFailure('too_large');
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no answer';
}
