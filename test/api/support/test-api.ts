import { pino } from 'pino';
import { expect } from 'vitest';
import { listenApi } from '../../../src/api/listen.ts';
import { type Scope, type View, wholeView } from '../../../src/domain/access.ts';
import type { IdentitySettings } from '../../../src/domain/identity.ts';
import { createToken } from '../../../src/operations/access/tokens.ts';
import type { Installation } from '../../support/installation.ts';
import { ApiDocument } from './document.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
  readonly json: any;
}

export interface Ask {
  /** The token; `null`: none. The one for everything when left out. */
  readonly token?: string | null;
  readonly body?: unknown;
  /** Sent as it is, with `headers`. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestApi {
  readonly url: string;
  /** For everything. */
  readonly admin: string;
  readonly document: ApiDocument;
  /** Operations that have answered with success so far, as `METHOD path`. */
  readonly succeeded: ReadonlySet<string>;
  /** Every answer is compared with the document on the way. */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  token(scope: Scope, view?: Partial<View> & { expiresInDays?: number; content?: boolean }): Promise<string>;
  close(): Promise<void>;
}

export interface TestApiOptions {
  readonly rateLimitPerMinute?: number;
  readonly failedAttemptsPerMinute?: number;
  readonly trustProxy?: readonly string[];
  readonly corsOrigins?: readonly string[];
  readonly identity?: IdentitySettings;
  readonly heartbeatMs?: number;
  readonly sdkMetricsUrl?: string;
  readonly temporalUiUrl?: string;
  /** A free one without it. */
  readonly port?: number;
}

/** Of all servers of the process: one may take the place of another. */
let made = 0;

/** The API of an installation, on a port of its own. */
export async function startTestApi(installation: Installation, options: TestApiOptions = {}): Promise<TestApi> {
  const { context } = installation;
  const unlimited = 1_000_000;
  const { rateLimitPerMinute = unlimited, failedAttemptsPerMinute = unlimited, ...others } = options;
  const { trustProxy = [], corsOrigins = [], identity = null, ...rest } = others;
  const settings = { rateLimitPerMinute, failedAttemptsPerMinute, trustProxy, corsOrigins, identity };
  const log = pino({ level: 'error' });
  const api = await listenApi({ context, settings, log, host: '127.0.0.1', port: 0, ...rest });
  const token: TestApi['token'] = async (scope, view = {}) => {
    made += 1;
    const { expiresInDays = null, content = false, ...lists } = view;
    const name = `test ${process.pid} ${api.url.slice(-5)} ${made}`;
    return (await createToken(context, { name, scope, content, ...wholeView, ...lists, expiresInDays })).token;
  };
  const admin = await token('admin');
  const document = new ApiDocument(JSON.parse(await (await fetch(`${api.url}/openapi.json`)).text()));
  const succeeded = new Set<string>();
  return {
    url: api.url,
    admin,
    document,
    succeeded,
    token,
    ask: async (method, path, { token: given = admin, body, raw, headers = {} } = {}) => {
      const response = await fetch(`${api.url}${path}`, {
        method,
        headers: {
          ...(given === null ? {} : { authorization: `Bearer ${given}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? (raw === undefined ? {} : { body: raw }) : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const operation = document.operationOf(method, path);
      if (operation !== null) {
        const type = response.headers.get('content-type');
        const problems = document.problemsOf(operation, response.status, type, text);
        expect(problems, `${method} ${path} answers ${response.status}: ${text.slice(0, 500)}`).toEqual([]);
        if (response.ok) succeeded.add(`${method} ${operation.path}`);
      }
      return {
        status: response.status,
        headers: response.headers,
        text,
        get json() {
          return JSON.parse(text);
        },
      };
    },
    close: () => api.close(),
  };
}
