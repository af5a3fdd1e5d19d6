import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { boundedPool } from './bounded-pool.ts';
import { type RenamedTable, TableRenamer } from './renamed-tables.ts';
import type { CoppiceSchema, Db } from './schema.ts';
import { setSessionSettings } from './session-settings.ts';
import { traceStatement } from './traced-statements.ts';

const int8 = 20;
/** A peer that is gone for good is noticed on an idle connection too, long before the system's usual two hours. */
const keepAliveDelayMs = 10_000;

export interface DatabaseOptions {
  readonly url: string;
  /** Most connections at once. */
  readonly maxConnections?: number;
  readonly applicationName?: string;
  /** How long to wait for a connection, in ms. */
  readonly connectTimeoutMs?: number;
  /** Tables that statements use in place of those that they name. */
  readonly renamed?: readonly RenamedTable[];
}

/**
 * The driver takes `prefer` and `require` for `verify-full`, with a warning of several lines. With this parameter they mean
 * what they mean to `psql` and to every managed service that documents them: encrypted, not verified.
 */
function withLibpqModes(url: string): string {
  const parsed = URL.parse(url);
  const mode = parsed?.searchParams.get('sslmode');
  if (parsed === null || (mode !== 'prefer' && mode !== 'require' && mode !== 'verify-ca')) return url;
  parsed.searchParams.set('uselibpqcompat', 'true');
  return parsed.href;
}

/**
 * A pool of connections to PostgreSQL. 64-bit integers arrive as numbers: every one we read is a count, a run number or
 * an epoch, far below 2^53. Connects at first use.
 */
export function openDatabase(options: DatabaseOptions): Db {
  const pool = new pg.Pool({
    connectionString: withLibpqModes(options.url),
    max: options.maxConnections ?? 10,
    application_name: options.applicationName ?? 'coppice',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    onConnect: setSessionSettings,
    types: {
      getTypeParser: (oid, format) =>
        oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that the server ends must not end the worker. An idle one is replaced by the next query; of one in use,
  // whose query is rejected, the pool does not listen.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const { renamed = [] } = options;
  return new Kysely<CoppiceSchema>({
    dialect: new PostgresDialect({ pool: boundedPool(pool) }),
    log: traceStatement,
    plugins: renamed.length === 0 ? [] : [new TableRenamer(renamed)],
  });
}
