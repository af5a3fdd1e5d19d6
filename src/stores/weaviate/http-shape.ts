export interface Call {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Statuses besides 2xx that the caller reads itself. */
  readonly accept?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface WeaviateHttp {
  /** The server, for messages; never carries credentials. */
  readonly where: string;
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, options?: Call): Promise<Answer>;
}
