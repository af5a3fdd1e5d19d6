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
  constructor() {
    super('The server does not answer.');
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

/** The error that an answer stands for, whose status is not one of success. */
export async function problemOf(response: Response): Promise<ApiError> {
  const { status, headers } = response;
  const seconds = Number.parseInt(headers.get('retry-after') ?? '', 10);
  const retryAfterSeconds = Number.isNaN(seconds) ? null : seconds;
  if (!headers.get('content-type')?.includes('json')) {
    const detail = `The server answered ${status}.`;
    return new ApiError({ name: 'HttpError', status, detail, hint: null, retryAfterSeconds });
  }
  const problem = (await response.json()) as Partial<ApiError> & { detail?: string };
  const { name = 'HttpError', detail = '', hint = null } = problem;
  return new ApiError({ name, status, detail, hint, retryAfterSeconds });
}
