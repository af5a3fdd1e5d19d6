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

/** An error of the API, as its problem document describes it. */
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
  const { status } = response;
  if (!response.headers.get('content-type')?.includes('json')) {
    return new ApiError({ name: 'HttpError', status, detail: `The server answered ${status}.`, hint: null });
  }
  const problem = (await response.json()) as Partial<ApiError> & { detail?: string };
  const { name = 'HttpError', detail = '', hint = null } = problem;
  return new ApiError({ name, status, detail, hint });
}
