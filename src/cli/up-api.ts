import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { listenApi, type RunningApi } from '../api/listen.ts';
import { wholeView } from '../domain/access.ts';
import { createSignInLink } from '../operations/access/console-sessions.ts';
import { createToken, hasToken } from '../operations/access/tokens.ts';
import type { Context } from '../operations/context.ts';
import { OperationError } from '../operations/errors.ts';
import { signInAddress } from './sign-in-address.ts';

export interface UpApiOptions {
  readonly context: Context;
  readonly log: Logger;
  readonly host: string | null;
  readonly port: number;
  /** Where this process's worker tells the SDK's own metrics. */
  readonly sdkMetricsUrl: string;
  readonly temporalUiUrl: string | null;
  readonly say: (line: string) => void;
}

/** The HTTP API inside `up`. Where nobody has a token yet the first one is made, and left where only its owner reads it. */
export async function startUpApi(options: UpApiOptions): Promise<RunningApi> {
  const { context, log, port, sdkMetricsUrl, temporalUiUrl, say } = options;
  const { api, dataDir } = context.parts.config;
  if (!(await hasToken(context))) {
    const file = tokenFile(dataDir);
    const { token } = await createToken(context, firstToken);
    writeFileSync(`${file}.new`, `${token}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    say(`The first token of the HTTP API, for everything, is in ${file}`);
  }
  const settings = { settings: api, sdkMetricsUrl, temporalUiUrl };
  return listenApi({ context, log, ...settings, host: options.host ?? api.host, port });
}

/** A link that signs in to the console once; the address alone where the token of `up` is not in use any more. */
export async function consoleAddress(context: Context, apiUrl: string): Promise<string> {
  try {
    return signInAddress(apiUrl, await createSignInLink(context, firstToken.name));
  } catch (error) {
    if (error instanceof OperationError) return apiUrl;
    throw error;
  }
}

function tokenFile(dataDir: string): string {
  return join(dataDir, 'token');
}

const firstToken = { name: 'up', scope: 'admin', content: true, ...wholeView, expiresInDays: null } as const;
