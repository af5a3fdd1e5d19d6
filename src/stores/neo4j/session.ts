import neo4j, { type Driver, type Session, type Transaction } from 'neo4j-driver';
import { StoreError } from '../../domain/store-errors.ts';
import { quoted } from '../cypher/names.ts';
import type { CypherSession, Dialect, Index, Run } from '../cypher/session.ts';
import { isMap, type Parameters, type Row } from '../cypher/value.ts';
import { inTime, type Stop } from '../in-time.ts';
import { isThereAlready, toStoreError } from './errors.ts';
import { fromDriver, toDriver } from './values.ts';

export interface Neo4jAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Limit of each call: of a transaction, not of each of its statements. */
  readonly timeoutMs: number;
  /** Limit of a statement that computes communities or centrality. */
  readonly computeTimeoutMs?: number;
}

const defaultComputeTimeoutMs = 10 * 60_000;

export interface Neo4jSession extends CypherSession {
  /** One statement by itself, with time to compute; stopped on the server too when the signal says so. */
  compute(text: string, parameters: Parameters, signal?: AbortSignal): Promise<Row[]>;
}

/** Opens nothing yet: the driver connects when it is first used, and again after the server was away. */
export function openNeo4j(address: Neo4jAddress, database: string): Neo4jSession {
  const { url, timeoutMs, computeTimeoutMs = defaultComputeTimeoutMs } = address;
  const where = `Neo4j at ${withoutCredentials(url)}`;
  const driver = connect(address);
  const ending =
    (session: Session, limits: { timeoutMs: number }) =>
    (stop: Stop): unknown => {
      void session.close().catch(() => {});
      if (stop.why === 'aborted') return stop.reason;
      return new StoreError('TimeoutError', `${where} did not answer within ${limits.timeoutMs} ms`);
    };
  const bounded = <T>(
    access: 'READ' | 'WRITE',
    signal: AbortSignal | undefined,
    work: (tx: Transaction) => Promise<T>,
  ) => {
    const session = driver.session({ database, defaultAccessMode: access });
    const limits = { timeoutMs, signal };
    return named(where, () => inTime(limits, () => inTransaction(session, timeoutMs, work), ending(session, limits)));
  };
  return {
    where,
    dialect,
    read: (_graph, text, parameters, signal) => bounded('READ', signal, (tx) => runIn(tx)(text, parameters)),
    write: (_graph, work, signal) => bounded('WRITE', signal, (tx) => work(runIn(tx))),
    graphs: async () => [],
    ensure: async (_graph, indexes) => {
      for (const index of indexes) await ensureIndex(where, driver, database, index);
    },
    compute: (text, parameters, signal) => {
      const session = driver.session({ database });
      const limits = { timeoutMs: computeTimeoutMs, signal };
      return named(where, () =>
        inTime(limits, () => byItself(session, text, parameters, computeTimeoutMs), ending(session, limits)),
      );
    },
    close: () => driver.close(),
  };
}

/** Names are kept plain: what is not a value has been checked before it came here. */
const dialect: Dialect = {
  locks: true,
  times: ['datetime', 'iso_text', 'epoch_ms'],
  properties: (alias) => `properties(${alias})`,
  readProperties: (value) => (isMap(value) ? value : null),
  sameProperties: () => 'true',
  setProperties: (alias, item) => `SET ${alias} = ${item}`,
  value: (bound) => bound,
  boundProperties: (properties) => properties,
  embedding: (text) => text,
};

function connect({ url, user, password, timeoutMs }: Neo4jAddress): Driver {
  try {
    return neo4j.driver(url, neo4j.auth.basic(user, password), {
      useBigInt: true,
      // Retries are the workflow's: an attempt that fails says so.
      maxTransactionRetryTime: 0,
      connectionTimeout: timeoutMs,
      connectionAcquisitionTimeout: timeoutMs,
      userAgent: 'coppice',
    });
  } catch {
    // The driver would quote the address, which may carry a password.
    throw new StoreError(
      'StoreRefusedError',
      'the Neo4j address is none that its driver knows: give bolt://host:port or neo4j://host',
    );
  }
}

async function inTransaction<T>(
  session: Session,
  timeoutMs: number,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    const tx = await session.beginTransaction({ timeout: timeoutMs });
    const result = await work(tx);
    await tx.commit();
    return result;
  } finally {
    // Rolls back what is not committed.
    await session.close();
  }
}

async function byItself(session: Session, text: string, parameters: Parameters, timeoutMs: number): Promise<Row[]> {
  try {
    const { records } = await session.run(text, bindable(parameters), { timeout: timeoutMs });
    return records.map((record) => rowOf(record.toObject()));
  } finally {
    await session.close();
  }
}

function runIn(tx: Transaction): Run {
  return async (text, parameters = {}) => {
    const { records } = await tx.run(text, bindable(parameters));
    return records.map((record) => rowOf(record.toObject()));
  };
}

function bindable(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toDriver(value)]));
}

function rowOf(record: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fromDriver(value)]));
}

async function ensureIndex(
  where: string,
  driver: Driver,
  database: string,
  { of, name, properties, unique }: Index,
): Promise<void> {
  const pattern = of === 'node' ? `(x:${quoted(name)})` : `()-[x:${quoted(name)}]-()`;
  const columns = `(${properties.map((one) => `x.${quoted(one)}`).join(', ')})`;
  const text = unique
    ? `CREATE CONSTRAINT IF NOT EXISTS FOR ${pattern} REQUIRE ${columns} IS UNIQUE`
    : `CREATE INDEX IF NOT EXISTS FOR ${pattern} ON ${columns}`;
  try {
    await driver.executeQuery(text, {}, { database });
  } catch (error) {
    if (!isThereAlready(error)) throw toStoreError(where, error);
  }
}

async function named<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(where, error);
  }
}

function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'its address' : `${parsed.protocol}//${parsed.host}`;
}
