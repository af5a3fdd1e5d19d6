import {
  type Answer,
  addressOf,
  answerOf,
  type Operation,
  problemOf,
  type RequestOf,
  UnreachableError,
} from './requests.ts';

export interface ClientOptions {
  /** Of the server, such as `http://127.0.0.1:7410`. */
  readonly url: string | URL;
  /** Made by `coppice token create`. */
  readonly token: string;
  /** Limit of each call; half a minute without it. */
  readonly timeoutMs?: number;
  /** Takes the place of the platform's own, for a proxy or a test. */
  readonly fetch?: typeof fetch;
}

export interface Client {
  /**
   * Calls an operation: `client.call('GET /api/v1/runs/{run}', { path: { run } })`. Rejects with `ApiError` where the server
   * refuses it, with `UnreachableError` where there is no answer.
   */
  call<O extends Operation>(operation: O, request?: RequestOf<O>): Promise<Answer<O>>;
}

const defaultTimeoutMs = 30_000;

/** A client of the HTTP API, with the types of its OpenAPI document. Keeps no connection of its own. */
export function createClient(options: ClientOptions): Client {
  const { url, token, timeoutMs = defaultTimeoutMs, fetch: send = fetch } = options;
  return {
    call: async (operation, { path = {}, query = {}, body, signal } = {}) => {
      const [method = 'GET', template = ''] = operation.split(' ');
      const limit = AbortSignal.timeout(timeoutMs);
      const unreachable = (error: unknown) => {
        if (signal?.aborted === true) throw error;
        throw new UnreachableError({ cause: error });
      };
      const response = await send(below(url, addressOf(template, path, query)), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      }).catch(unreachable);
      const text = await response.text().catch(unreachable);
      if (!response.ok) throw problemOf(response, text);
      return answerOf(response, text);
    },
  };
}

/** A server may be published below a path, with or without a slash at its end. */
function below(url: string | URL, address: string): URL {
  const base = new URL(url);
  return new URL(`${base.pathname.replace(/\/+$/, '')}${address}`, base);
}
