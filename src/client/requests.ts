import type { Operations } from './schema.ts';

/** Method and path of an operation of the HTTP API. */
export type Operation = keyof Operations;
export type Answer<O extends Operation> = Operations[O]['answer'];

export interface RequestOf<O extends Operation> {
  /** Values of the names that are in braces in the path. */
  readonly path?: NonNullable<Operations[O]['path']>;
  readonly query?: NonNullable<Operations[O]['query']>;
  readonly body?: NonNullable<Operations[O]['body']>;
  readonly signal?: AbortSignal;
}

interface ApiErrorParts {
  readonly name: string;
  readonly status: number;
  readonly detail: string;
  readonly hint: string | null;
  readonly retryAfterSeconds?: number | null;
}

/** An error of the API, as its problem document describes it. */
export class ApiError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly hint: string | null;
  /** When the server asks to come again; `null`: it has not said. */
  readonly retryAfterSeconds: number | null;
  constructor({ name, status, detail, hint, retryAfterSeconds = null }: ApiErrorParts) {
    super(detail);
    this.name = name;
    this.status = status;
    this.hint = hint;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The server did not answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly hint = 'Is coppice up, or coppice api, running?';
  constructor(options?: ErrorOptions) {
    super('The server does not answer.', options);
  }
}

/** The path of an operation with its names and its query filled in. */
export function addressOf(template: string, path: object, query: object): string {
  const filled = Object.entries(path).reduce(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(String(value))),
    template,
  );
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? filled : `${filled}?${new URLSearchParams(given)}`;
}

/** The content of an answer of success. A proxy on the way may answer with a page of its own. */
export function answerOf<T>(response: Response, text: string): T {
  const content = parsed(text);
  if (content !== undefined) return content as T;
  const detail = `The server answered ${response.status} with something else than JSON: is this the address of the API?`;
  throw new ApiError({ name: 'NotJsonError', status: response.status, detail, hint: null });
}

/** The error that an answer stands for, whose status is not one of success. */
export function problemOf({ status, headers }: Response, text: string): ApiError {
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  const retryAfterSeconds = Number.isNaN(seconds) ? null : seconds;
  const problem = parsed(text);
  if (typeof problem !== 'object' || problem === null) {
    const detail = `The server answered ${status}.`;
    return new ApiError({ name: 'HttpError', status, detail, hint: null, retryAfterSeconds });
  }
  const { name = 'HttpError', detail = '', hint = null } = problem as Partial<ApiError> & { detail?: string };
  return new ApiError({ name, status, detail, hint, retryAfterSeconds });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
