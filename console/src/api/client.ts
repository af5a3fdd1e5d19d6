import {
  type Answer,
  addressOf,
  type Operation,
  problemOf,
  type RequestOf,
  UnreachableError,
} from '../../../src/client/requests.ts';

export { type Answer, ApiError, type Operation, type RequestOf } from '../../../src/client/requests.ts';

/** Whether the last request was answered, and whether one waits for its answer for long. */
export type Connection = 'answers' | 'slow' | 'gone';

let connection: Connection = 'answers';
let slowRequests = 0;
const listeners = new Set<() => void>();

export const connectionStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): Connection => connection,
};

function setConnection(next: Connection): void {
  if (connection === next) return;
  connection = next;
  for (const listener of listeners) listener();
}

function answered(isGone: boolean): void {
  setConnection(isGone ? 'gone' : slowRequests > 0 ? 'slow' : 'answers');
}

/** Notes a question that waits for long, until it is answered. An action may take its time. */
async function noteSlowness<T>(method: string, asking: Promise<T>): Promise<T> {
  if (method !== 'GET') return asking;
  let isSlow = false;
  const timer = setTimeout(() => {
    isSlow = true;
    slowRequests += 1;
    if (connection === 'answers') setConnection('slow');
  }, slowMs);
  return asking.finally(() => {
    clearTimeout(timer);
    if (isSlow) slowRequests -= 1;
  });
}

const slowMs = 5_000;
const timeoutMs = 30_000;
/** The server itself waits up to a minute for some actions. */
const actionTimeoutMs = 90_000;
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
  const limit = AbortSignal.timeout(method === 'GET' ? timeoutMs : actionTimeoutMs);
  const asking = fetch(address, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  const response = await noteSlowness(method, asking).catch((error: unknown) => {
    const isDropped = signal?.aborted === true;
    answered(isDropped ? connection === 'gone' : true);
    throw isDropped ? error : new UnreachableError();
  });
  // A proxy answers so while the server behind it does not.
  answered([502, 504].includes(response.status));
  if (!response.ok) throw problemOf(response, await response.text());
  return response;
}
