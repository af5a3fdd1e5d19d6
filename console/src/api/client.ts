import type { Operations } from './schema.ts';

export type Operation = keyof Operations;
export type Answer<O extends Operation> = Operations[O]['answer'];

export interface RequestOf<O extends Operation> {
  readonly path?: NonNullable<Operations[O]['path']>;
  readonly query?: NonNullable<Operations[O]['query']>;
  readonly body?: NonNullable<Operations[O]['body']>;
  readonly signal?: AbortSignal;
}

/** An error of the API, as its problem document says it. */
export class ApiError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly hint: string | null;
  constructor({ name, status, detail, hint }: { name: string; status: number; detail: string; hint: string | null }) {
    super(detail);
    this.name = name;
    this.status = status;
    this.hint = hint;
  }
}

/** The server did not answer. */
class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly hint = 'Is coppice up, or coppice api, running?';
  constructor() {
    super('The server does not answer.');
  }
}

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

/** Names in the path are given in braces. */
function addressOf(template: string, path: object, query: object): string {
  const filled = Object.entries(path).reduce(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(String(value))),
    template,
  );
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? filled : `${filled}?${new URLSearchParams(given)}`;
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

async function problemOf(response: Response): Promise<Error> {
  const { status } = response;
  if (!response.headers.get('content-type')?.includes('json')) {
    return new ApiError({ name: 'HttpError', status, detail: `The server answered ${status}.`, hint: null });
  }
  const {
    name = 'HttpError',
    detail = '',
    hint = null,
  } = (await response.json()) as Partial<ApiError> & { detail?: string };
  return new ApiError({ name, status, detail, hint });
}
