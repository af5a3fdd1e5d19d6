import { sql } from 'kysely';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { named, toStoreError } from '../../src/database/errors.ts';
import type { Db, Tx } from '../../src/database/schema.ts';
import { StoreError } from '../../src/domain/store-errors.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { describeOn, describeOnDatabase, type SuiteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';

/** Fails with what PostgreSQL makes of it, named. */
const failing = (db: Db, work: (tx: Tx) => Promise<unknown>) => named(() => db.transaction().execute(work));
const wholeStore = { name: 'ConnectionError', wholeStore: true };

describeOnDatabase('native', 'errors of PostgreSQL', (database) => {
  beforeAll(async () => {
    await sql`create table things (id int primary key, n int check (n < 10))`.execute(database.db);
    await sql`insert into things values (1, 1), (2, 2)`.execute(database.db);
  });
  const update = (tx: Tx, id: number) => sql`update things set n = n where id = ${id}`.execute(tx);

  describe('a later try may succeed', () => {
    test('a deadlock between two transactions', async () => {
      const other = await holding(database, 1);
      const failed = failing(database.db, async (tx) => {
        await update(tx, 2);
        await update(tx, 1);
      });
      failed.catch(() => {});
      await untilWaiting(database);
      const closed = other.query('update things set n = n where id = 2');
      const results = await Promise.allSettled([failed, named(() => closed)]);
      await other.query('rollback');
      const reasons = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(reasons).toEqual([expect.objectContaining({ name: 'DatabaseError', code: '40P01', wholeStore: false })]);
    });

    test('a lock that was not free in time', async () => {
      const other = await holding(database, 1);
      const failed = failing(database.db, async (tx) => {
        await sql`set local lock_timeout = 50`.execute(tx);
        await update(tx, 1);
      });
      await expect(failed).rejects.toMatchObject({ name: 'DatabaseError', code: '55P03', wholeStore: false });
      await other.query('rollback');
    });

    test('a table that another session has just created', async () => {
      const other = await database.connect();
      await other.query('begin');
      await other.query('create table if not exists twins (id int)');
      const failed = failing(database.db, (tx) => sql`create table if not exists twins (id int)`.execute(tx));
      failed.catch(() => {});
      await untilWaiting(database);
      await other.query('commit');
      await expect(failed).rejects.toMatchObject({ name: 'DatabaseError', code: '23505', wholeStore: false });
    });

    test('a write that serializable isolation refused', async () => {
      const failed = named(() =>
        database.db
          .transaction()
          .setIsolationLevel('repeatable read')
          .execute(async (tx) => {
            await sql`select * from things`.execute(tx);
            await sql`update things set n = n where id = 1`.execute(database.db);
            await update(tx, 1);
          }),
      );
      await expect(failed).rejects.toMatchObject({ name: 'DatabaseError', code: '40001' });
    });

    test('a statement that took too long', async () => {
      const failed = failing(database.db, async (tx) => {
        await sql`set local statement_timeout = 50`.execute(tx);
        await sql`select pg_sleep(60)`.execute(tx);
      });
      await expect(failed).rejects.toMatchObject({ name: 'TimeoutError', code: '57014', wholeStore: false });
    });

    test('a transaction that sat idle for too long', async () => {
      const failed = failing(database.db, async (tx) => {
        await sql`set local idle_in_transaction_session_timeout = 50`.execute(tx);
        await until('the session is ended', async () => {
          const { rows } = await sql<{ idle: number }>`select count(*)::int as idle from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'`.execute(database.db);
          return rows[0]?.idle === 0;
        });
        await update(tx, 1);
      });
      await expect(failed).rejects.toMatchObject(wholeStore);
    });
  });

  describe('trying again gives the same', () => {
    test.each([
      ['a unique violation', 'insert into things values (1, 1)', '23505'],
      ['a check that fails', 'insert into things values (3, 11)', '23514'],
      ['a type that does not fit', "select 'x'::int", '22P02'],
      ['a column that is not there', 'select nothing from things', '42703'],
      ['an exception of a trigger or function', "do $$ begin raise exception 'not on my watch'; end $$", 'P0001'],
    ])('%s', async (_name, statement, code) => {
      const failed = failing(database.db, (tx) => sql.raw(statement).execute(tx));
      await expect(failed).rejects.toMatchObject({ name: 'StoreRefusedError', code, wholeStore: false });
    });
  });

  test('a session that an administrator ended', async () => {
    const failed = failing(database.db, async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(database.db);
      await update(tx, 1);
    });
    await expect(failed).rejects.toMatchObject(wholeStore);
    await sql`select 1`.execute(database.db);
  });

  describe('no message contains the content of a row', () => {
    const secret = 'alice@example.org said so';
    beforeAll(async () => {
      await sql`create table notes (id int primary key, body text not null, no int);
        insert into notes values (1, ${sql.lit(secret)});
        create schema app;
        create function app.refuse() returns trigger language plpgsql as $$ begin
          raise exception using errcode = tg_argv[0], message = 'no: ' || old.body, detail = old.body,
            constraint = old.body, table = 'notes'; end $$`.execute(database.db);
    });

    test.each(['P0001', '23505', '42501', '40001'])('a trigger that raises %s with the text', async (state) => {
      await sql`create trigger refuse before delete on notes for each row execute function app.refuse(${sql.lit(state)})`.execute(
        database.db,
      );
      onTestFinished(async () => {
        await sql`drop trigger refuse on notes`.execute(database.db);
      });
      const error = await failing(database.db, (tx) => sql`delete from notes`.execute(tx)).catch((one: unknown) => one);
      expect(error).toMatchObject({ code: state, storeText: expect.stringContaining(secret) });
      const { message } = error as StoreError;
      expect(message).not.toContain('alice');
      expect(message).toContain(state);
      expect(message).toContain('function app.refuse');
    });

    test('a value that a column does not take', async () => {
      const error = await named(() => sql`update notes set no = body::int`.execute(database.db)).catch(
        (one: unknown) => one,
      );
      expect((error as StoreError).message).toBe('PostgreSQL: invalid text representation (22P02)');
    });

    test('names of objects stay', async () => {
      const error = await named(() => sql`delete from missing_table`.execute(database.db)).catch((one: unknown) => one);
      expect((error as StoreError).message).toBe('PostgreSQL: relation "missing_table" does not exist');
    });
  });
});

describeOn('native', 'a PostgreSQL that is not there', () => {
  test('refuses the connection', async () => {
    const gone = openDatabase({ url: 'postgres://postgres@127.0.0.1:1/none' });
    await expect(failing(gone, async () => {})).rejects.toMatchObject({ ...wholeStore, code: 'ECONNREFUSED' });
    await gone.destroy();
  });

  test('has no such host', async () => {
    const gone = openDatabase({ url: 'postgres://postgres@no-such-host.invalid/none' });
    await expect(failing(gone, async () => {})).rejects.toMatchObject(wholeStore);
    await gone.destroy();
  });

  test.each([
    ['shuts down', 'SIGINT'],
    ['crashes', 'SIGQUIT'],
  ] as const)('%s in the middle of a statement, and is gone before the next', async (_what, signal) => {
    const server = await startPostgres({ fast: true, log: () => {} });
    onTestFinished(() => server.stop());
    const db = openDatabase({ url: server.url });
    const watcher = openDatabase({ url: server.url });
    onTestFinished(async () => {
      await Promise.all([db.destroy(), watcher.destroy()]);
    });
    const failed = failing(db, (tx) => sql`select pg_sleep(60)`.execute(tx));
    failed.catch(() => {});
    await until('it is in its statement', async () => {
      const { rows } = await sql`select from pg_stat_activity where wait_event = 'PgSleep'`.execute(watcher);
      return rows.length === 1;
    });
    process.kill(server.pid, signal);
    await expect(failed).rejects.toMatchObject(wholeStore);
    await expect(failing(db, async () => {})).rejects.toMatchObject(wholeStore);
  });
});

test('an error that is not the store’s stays what it is, and a named one is not named twice', () => {
  const own = new TypeError('mine');
  expect(toStoreError(own)).toBe(own);
  const stored = new StoreError('TimeoutError', 'late');
  expect(toStoreError(stored)).toBe(stored);
  expect(toStoreError('text')).toBe('text');
});

async function holding(database: SuiteDatabase, id: number) {
  const client = await database.connect();
  await client.query('begin');
  await client.query('update things set n = n where id = $1', [id]);
  return client;
}

async function untilWaiting(database: SuiteDatabase): Promise<void> {
  const client = await database.connect();
  await until('somebody waits for a lock', async () => {
    const { rowCount } = await client.query(`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    return rowCount === 1;
  });
}
