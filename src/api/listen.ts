import { isIP, type Server } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
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

/** Turns of the event loop without a new connection, after which none waits and the last ones have sent their requests. */
const quietTurns = 4;
/** Clients that never stop to connect must not keep the server from closing. */
const mostTurns = 2_000;

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
      closed ??= takeWaiting(app.server).then(() => app.close());
      return closed;
    },
  };
}

/**
 * Closing a listening socket resets the connections that clients have opened and that nobody has accepted yet. A turn of
 * the event loop accepts one of them.
 */
async function takeWaiting(server: Server): Promise<void> {
  let quiet = 0;
  const count = () => {
    quiet = 0;
  };
  server.on('connection', count);
  for (let turn = 0; turn < mostTurns && quiet < quietTurns; turn++) {
    quiet += 1;
    await nextTurn();
  }
  server.off('connection', count);
}
