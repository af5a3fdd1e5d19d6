import {
  type Answer,
  addressOf,
  type Operation,
  problemOf,
  type RequestOf,
  UnreachableError,
} from '../../../src/client/requests.ts';

export { type Answer, ApiError, type Operation, type RequestOf } from '../../../src/client/requests.ts';

export interface Connection {
  /** Whether the last request was answered. */
  readonly answers: boolean;
}

let connection: Connection = { answers: true };
const listeners = new Set<() => void>();

export const connectionStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): Connection => connection,
};

function setAnswers(answers: boolean): void {
  if (connection.answers === answers) return;
  connection = { answers };
  for (const listener of listeners) listener();
}

const timeoutMs = 30_000;
const headers = { 'x-coppice-console': '1' };

/** Calls an operation of the API. Rejects with `ApiError` or `UnreachableError`. */
export async function call<O extends Operation>(operation: O, request: RequestOf<O> = {}): Promise<Answer<O>> {
  const [method = 'GET', template = ''] = operation.split(' ');
  const response = await send(method, addressOf(template, request.path ?? {}, request.query ?? {}), request);
  return (await response.json()) as Answer<O>;
}

export async function signIn(secret: { readonly token: string } | { readonly link: string }): Promise<void> {
  await send('POST', '/console/session', { body: secret });
}

export async function signOut(): Promise<void> {
  await send('DELETE', '/console/session', {});
}

async function send(
  method: string,
  address: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal },
): Promise<Response> {
  const limit = AbortSignal.timeout(timeoutMs);
  const response = await fetch(address, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    setAnswers(false);
    throw new UnreachableError();
  });
  // A proxy answers so while the server behind it does not.
  setAnswers(![502, 504].includes(response.status));
  if (!response.ok) throw await problemOf(response);
  return response;
}
