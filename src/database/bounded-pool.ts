import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { answerLimitMs } from './answer-limit.ts';

/** The message begins as the driver's own does, so that it is taken for what it is: a lost connection. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  constructor(limitMs: number, cause: unknown) {
    super(`connection terminated: the server did not answer within ${Math.round(limitMs)} ms`, { cause });
  }
}

/**
 * A pool whose statements do not wait forever. A connection can be half open: a firewall or a dead peer swallows what
 * we send and says nothing, and the server's own statement timeout ends a statement whose end we never hear of. Such a
 * connection is destroyed, and with it all that are as old: they went the same way. The driver's `query_timeout` will
 * not do, since it hands the dead connection back to the pool.
 */
export function boundedPool(pool: pg.Pool): PostgresPool {
  const openedAt = new WeakMap<pg.PoolClient, number>();
  pool.on('connect', (client) => openedAt.set(client, performance.now()));
  let suspectBefore = 0;
  // One for each connection, however often it is taken: the query builder prepares each object that it has not seen before.
  const clients = new WeakMap<pg.PoolClient, BoundedClient>();

  function clientOf(client: pg.PoolClient): BoundedClient {
    const known = clients.get(client);
    if (known !== undefined) return known;
    const made = boundedClient(client, () => {
      suspectBefore = performance.now();
    });
    clients.set(client, made);
    return made;
  }

  async function connect(): Promise<PostgresPoolClient> {
    for (;;) {
      const client = await connected(pool);
      if ((openedAt.get(client) ?? 0) >= suspectBefore) return clientOf(client).taken();
      client.release(true);
    }
  }
  return { connect, end: () => pool.end(), options: pool.options };
}

/** A connection could not be opened. Names the server, which the driver's own error does not always do. */
export class ConnectFailedError extends Error {
  override readonly name = 'ConnectFailedError';
  readonly server: string;
  readonly code: string | null;
  constructor(server: string, cause: Error) {
    super(cause.message, { cause });
    this.server = server;
    this.code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  }
}

async function connected(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConnectFailedError(serverOf(pool.options.connectionString), error);
  }
}

/** Host and port, without user and password. */
function serverOf(url: string | undefined): string {
  const parsed = URL.parse(url ?? '');
  if (parsed === null || parsed.hostname === '') return 'the local socket';
  return `${decodeURIComponent(parsed.hostname)}:${parsed.port === '' ? '5432' : parsed.port}`;
}

interface BoundedClient {
  /** The client, for the one who has just taken the connection out of the pool. */
  taken(): PostgresPoolClient;
}

function boundedClient(client: pg.PoolClient, onSilence: () => void): BoundedClient {
  let released = false;
  const release = (destroy = false) => {
    if (!released) client.release(destroy);
    released = true;
  };
  async function bounded(text: string, parameters: readonly unknown[]) {
    const limitMs = answerLimitMs();
    if (limitMs === null) return client.query(text, [...parameters]);
    let silent = false;
    const timer = setTimeout(() => {
      silent = true;
      onSilence();
      release(true);
    }, limitMs);
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      throw silent ? new NoAnswerError(limitMs, error) : error;
    } finally {
      clearTimeout(timer);
    }
  }
  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(text: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new Error('this pool reads whole results, no cursors');
    return bounded(text, parameters);
  }
  const own: PostgresPoolClient = { query, release };
  return {
    taken: () => {
      released = false;
      return own;
    },
  };
}
