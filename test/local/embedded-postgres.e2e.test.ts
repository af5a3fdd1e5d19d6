import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/local/embedded-postgres.ts';
import { isAlive, temporaryFolder, until } from './support.ts';

const log = () => {};

describe('several clients at once', () => {
  let dataDir: string;
  let database: EmbeddedPostgres;
  let pool: pg.Pool;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'coppice-test-'));
    database = await startEmbeddedPostgres({ dataDir, log, idleTransactionTimeoutMs: 500 });
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
    pool.on('error', () => {}); // dropped clients are what some tests are about
  });

  afterAll(async () => {
    await pool?.end();
    await database?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('each gets the answer to its own question, in and out of transactions', async () => {
    // The unnamed statement belongs to the session that all share: mixed up, these are wrong rows or protocol errors.
    const asked = Array.from({ length: 300 }, (_, n) => n);
    const answers = await Promise.all(
      asked.map(async (n) => {
        const columns = Array.from({ length: (n % 7) + 1 }, (_, i) => `$${i + 1}::int AS c${i}`).join(', ');
        const values = Array.from({ length: (n % 7) + 1 }, (_, i) => n * 10 + i);
        const client = await pool.connect();
        try {
          if (n % 5 === 0) await client.query('BEGIN');
          const { rows } = await client.query(`SELECT ${columns}`, values);
          if (n % 5 === 0) await client.query('COMMIT');
          return Object.values(rows[0]).join() === values.join();
        } finally {
          client.release();
        }
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
  });

  test('parameters of megabytes arrive whole next to other clients', async () => {
    const text = 'x'.repeat(8_000_000);
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => pool.query('SELECT length($1::text) AS length, $2::int AS n', [text, n])),
    );
    expect(answers.map(({ rows }) => rows[0])).toEqual([1, 2, 3, 4].map((n) => ({ length: text.length, n })));
  });

  test('transactions of eight clients add up', async () => {
    await pool.query('CREATE TABLE counter (id int PRIMARY KEY, value int NOT NULL)');
    await pool.query('INSERT INTO counter VALUES (1, 0)');
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let turn = 0; turn < 10; turn++) {
          const client = await pool.connect();
          await client.query('BEGIN');
          const { rows } = await client.query('SELECT value FROM counter WHERE id = $1 FOR UPDATE', [1]);
          await client.query('UPDATE counter SET value = $1 WHERE id = 1', [rows[0].value + 1]);
          await client.query('COMMIT');
          client.release();
        }
      }),
    );
    expect((await pool.query('SELECT value FROM counter')).rows).toEqual([{ value: 80 }]);
  });

  test('an error leaves the session usable for all', async () => {
    const results = await Promise.allSettled([
      pool.query('SELECT no_such_column FROM pg_class WHERE oid = $1', [1]),
      pool.query('SELECT $1::int AS n', [7]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('a COPY from the client, which the engine cannot do, ends that client only', async () => {
    await expect(pool.query('COPY pg_class FROM STDIN')).rejects.toThrow('COPY FROM STDIN is not supported');
    expect((await pool.query('SELECT 1 AS up')).rows).toEqual([{ up: 1 }]);
  });

  test('pgvector is there, and cursors work', async () => {
    await pool.query('CREATE TABLE item (id int PRIMARY KEY, embedding vector(3))');
    await pool.query("INSERT INTO item VALUES (1, '[1,0,0]'), (2, '[0,1,0]')");
    const nearest = await pool.query('SELECT id FROM item ORDER BY embedding <=> $1 LIMIT 1', ['[0,2,0]']);
    expect(nearest.rows).toEqual([{ id: 2 }]);
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('DECLARE all_items CURSOR FOR SELECT id FROM item ORDER BY id');
    expect((await client.query('FETCH 1 FROM all_items')).rows).toEqual([{ id: 1 }]);
    expect((await client.query('FETCH 1 FROM all_items')).rows).toEqual([{ id: 2 }]);
    await client.query('COMMIT');
    client.release();
  });

  test('transactions of a killed client are rolled back, and other clients continue', async () => {
    await pool.query('CREATE TABLE killed (id int)');
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO killed VALUES (1)');
    const waiting = pool.query('SELECT count(*)::int AS count FROM killed');
    destroyConnection(client);
    expect((await waiting).rows).toEqual([{ count: 0 }]);
  });

  test('a client that sits in a transaction is dropped with a reason, and the others go on', async () => {
    await pool.query('CREATE TABLE idle (id int)');
    const client = new pg.Client({ connectionString: database.url });
    const dropped = new Promise<Error>((resolve) => client.once('error', resolve));
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO idle VALUES (1)');
    expect((await pool.query('SELECT count(*)::int AS count FROM idle')).rows).toEqual([{ count: 0 }]);
    expect((await dropped).message).toMatch(/idle in an open transaction for 0.5 s/);
  });

  test('a client that is at work in its transaction is not dropped, however long it takes', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_sleep(1)');
    expect((await client.query('SELECT 1 AS still')).rows).toEqual([{ still: 1 }]);
    await client.query('COMMIT');
    client.release();
  });

  test('a second one on the same data is refused and the first continues', { timeout: 60_000 }, async () => {
    await expect(startEmbeddedPostgres({ dataDir, log, lockWaitMs: 500 })).rejects.toThrow(
      /using this data directory already/,
    );
    expect((await pool.query('SELECT 1 AS up')).rows).toEqual([{ up: 1 }]);
  });
});

test('data outlive a clean stop and a kill -9', { timeout: 120_000 }, async () => {
  const dataDir = temporaryFolder();
  const first = await startEmbeddedPostgres({ dataDir, log });
  onTestFinished(() => first.stop());
  await run(first.url, 'CREATE TABLE kept (id int)', 'INSERT INTO kept VALUES (1)');
  await first.stop();

  const second = await startEmbeddedPostgres({ dataDir, log });
  onTestFinished(() => second.stop());
  await run(second.url, 'INSERT INTO kept VALUES (2)', 'BEGIN; INSERT INTO kept VALUES (99)');
  process.kill(second.pid, 'SIGKILL');
  await second.exited;

  const third = await startEmbeddedPostgres({ dataDir, log });
  onTestFinished(() => third.stop());
  expect(await run(third.url, 'SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  await third.stop();
  await until('the process is gone', () => !isAlive(third.pid));
});

test('a port that is taken is named', { timeout: 60_000 }, async () => {
  const server = await startEmbeddedPostgres({ dataDir: temporaryFolder(), log });
  onTestFinished(() => server.stop());
  const port = Number(new URL(server.url).port);
  await expect(startEmbeddedPostgres({ dataDir: temporaryFolder(), port, log })).rejects.toThrow(`Port ${port}`);
});

test('a start that is given up leaves nothing running', async () => {
  const abort = new AbortController();
  const starting = startEmbeddedPostgres({ dataDir: temporaryFolder(), log, signal: abort.signal });
  abort.abort(new Error('changed my mind'));
  await expect(starting).rejects.toThrow('changed my mind');
});

/** Runs each on one connection; the rows of the last. The connection is left as a crash would leave it. */
async function run(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  let rows: unknown[] = [];
  for (const statement of statements) rows = (await client.query(statement)).rows;
  destroyConnection(client);
  return rows;
}

/** Ends a connection as a killed process does. */
function destroyConnection(client: pg.Client): void {
  const { stream } = Reflect.get(client, 'connection');
  stream.destroy();
}
