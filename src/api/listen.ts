import { isIP } from 'node:net';
import { isLoopback } from '../config/loopback.ts';
import { hasToken } from '../operations/access/tokens.ts';
import { type ApiOptions, createApi } from './server.ts';

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

/** An address that other machines can reach requires tokens. */
class OpenApiRefusedError extends Error {
  override readonly name = 'OpenApiRefusedError';
  readonly hint = 'Make one first: coppice token create NAME --scope admin. Or listen on 127.0.0.1.';
  constructor(host: string) {
    super(`the HTTP API does not listen on ${host}: there is no token yet`);
  }
}

/** Starts the HTTP API. Loopback may be listened on before anybody has rights; everything else not. */
export async function listenApi(
  options: ApiOptions & { readonly host: string; readonly port: number },
): Promise<RunningApi> {
  const { host, port } = options;
  const hasUsers = options.settings.identity !== null;
  if (!isLoopback(host) && !hasUsers && !(await hasToken(options.context))) throw new OpenApiRefusedError(host);
  const app = await createApi(options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw error;
  }
  const address = app.server.address();
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  const actual = address !== null && typeof address === 'object' ? address.port : port;
  let closed: Promise<void> | null = null;
  return {
    url: `http://${shown}:${actual}`,
    close: () => {
      closed ??= app.close();
      return closed;
    },
  };
}
