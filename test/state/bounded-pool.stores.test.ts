import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withStatementTimeout } from '../../src/database/answer-limit.ts';
import { boundedPool } from '../../src/database/bounded-pool.ts';
import { openDatabase } from '../../src/database/database.ts';
import { toStoreError } from '../../src/database/errors.ts';
import type { Db } from '../../src/database/schema.ts';
import { boundedTransaction } from '../../src/database/transaction.ts';
import { type SwallowingProxy, startProxy } from '../chaos/harness/proxy.ts';
import { describeOn } from '../support/stores.ts';

const named = (work: Promise<unknown>) =>
  work.catch((error: unknown) => {
    throw toStoreError(error);
  });

describeOn('native', 'a connection that is taken again', (server) => {
  it('is the same client to the query builder, and is given back each time', async () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 1 });
    try {
      const bounded = boundedPool(pool);
      const first = await bounded.connect();
      first.release();
      const second = await bounded.connect();
      expect(second).toBe(first);
      expect(pool.idleCount).toBe(0);
      second.release();
      expect(pool.idleCount).toBe(1);
    } finally {
      await pool.end();
    }
  });
});

describeOn('native', 'statements on a connection that swallows', (server) => {
  let proxy: SwallowingProxy;
  let db: Db;
  const one = () => sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);

  beforeAll(async () => {
    proxy = await startProxy(server.url);
    const url = new URL(server.url);
    url.port = String(proxy.port);
    db = openDatabase({ url: url.href, maxConnections: 3, connectTimeoutMs: 500 });
  });
  afterAll(async () => {
    await db.destroy();
    await proxy.close();
  });

  it('are given up as a lost connection, and the next one gets a connection that answers', async () => {
    // Three connections, all of which will go nowhere.
    await Promise.all([1, 2, 3].map(() => sql`select pg_sleep(0.2)`.execute(db)));
    expect(proxy.swallow()).toBe(3);
    await withStatementTimeout(100, async () => {
      await expect(named(one())).rejects.toMatchObject({ name: 'ConnectionError', wholeStore: true });
      // The other two are not tried: they are as old.
      expect((await one()).rows).toHaveLength(1);
    });
  });

  it('in a transaction too, which does not go back into the pool', async () => {
    const stuck = boundedTransaction(
      db,
      async (tx) => {
        await sql`select 1`.execute(tx);
        proxy.swallow();
        await sql`select 1`.execute(tx);
      },
      { statementTimeoutMs: 100 },
    );
    await expect(named(stuck)).rejects.toMatchObject({ name: 'ConnectionError' });
    expect((await one()).rows).toHaveLength(1);
  });

  it('a server that accepts connections and never answers counts as unreachable', async () => {
    proxy.swallow();
    proxy.swallowNew(true);
    await withStatementTimeout(100, async () => {
      await expect(named(one())).rejects.toMatchObject({ name: 'ConnectionError' });
      await expect(named(one())).rejects.toMatchObject({ name: 'ConnectionError' });
    });
    proxy.swallowNew(false);
    expect((await one()).rows).toHaveLength(1);
  });

  it('a slow answer within the bound is waited for, and without a bound any', async () => {
    await withStatementTimeout(100, () => sql`select pg_sleep(0.5)`.execute(db));
    await sql`select pg_sleep(0.5)`.execute(db);
  });

  it('commits are durable, whatever the database is set to', async () => {
    await sql`set synchronous_commit = off`.execute(db);
    const setting = (tx: Db) =>
      sql<{ value: string }>`select current_setting('synchronous_commit') as value`.execute(tx);
    const { rows } = await db.connection().execute(async (session) => {
      await sql`set synchronous_commit = off`.execute(session);
      return boundedTransaction(session, setting);
    });
    expect(rows).toEqual([{ value: 'local' }]);
  });
});
