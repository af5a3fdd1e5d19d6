import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { defaultCypherGraph } from '../../src/config/graph-defaults.ts';
import { toVectorsBeside } from '../../src/config/graph-vectors.ts';
import { openDatabase } from '../../src/database/database.ts';
import type { Db } from '../../src/database/schema.ts';
import type { GraphMapping } from '../../src/domain/graph-mapping.ts';
import { needsOf } from '../../src/operations/setup/grants/needs.ts';
import { usesOf } from '../../src/operations/setup/grants/table-uses.ts';
import type { TableMapping } from '../../src/stores/postgres/graph-vectors/scope.ts';
import { createTableGraphVectors } from '../../src/stores/postgres/graph-vectors/store.ts';
import { partitionFence } from '../stores/graph/tables-place.ts';
import { describeOnDatabase } from '../support/stores.ts';

const worker = `worker_${randomBytes(4).toString('hex')}`;
const table = {
  in: 'postgres',
  table: 'app.vectors',
  document: 'doc',
  created_at: 'made',
  deprecated_at: 'gone',
} as const;

describeOnDatabase('native', 'grants on vectors beside a graph', (database) => {
  const mapping = {
    ...{
      name: 'facts',
      mapped: true,
      emptyGroup: null,
      accept: [],
      place: { ...defaultCypherGraph('neo4j'), vectors: null },
    },
    vectorsBeside: toVectorsBeside('facts', table),
  } as GraphMapping & TableMapping;
  const needs = needsOf('worker', usesOf({ collections: [], graphs: [mapping] })).filter(({ on }) => on === 'table');
  let db: Db;

  beforeAll(async () => {
    for (const text of [
      `create role ${worker} login`,
      'create schema app',
      `create table app.vectors (id text, group_id text, doc text, made timestamptz, gone timestamptz, e vector(2), primary key (group_id, id))`,
      `insert into app.vectors values ('v', 'a', 'd', '2026-01-01', null, '[1,2]')`,
      `grant usage on schema app, coppice to ${worker}`,
      `grant select, insert, update, delete on all tables in schema coppice to ${worker}`,
    ]) {
      await sql.raw(text).execute(database.db);
    }
    const url = new URL(database.url);
    url.username = worker;
    db = openDatabase({ url: url.href });
  });
  beforeEach(() => sql.raw(`revoke all on app.vectors from ${worker}`).execute(database.db));
  afterAll(async () => {
    await db.destroy();
    await sql.raw(`drop owned by ${worker}; drop role ${worker}`).execute(database.db);
  });

  async function grant(without: string | null): Promise<void> {
    for (const need of needs) {
      if (need.on !== 'table') continue;
      const columns = need.columns === null ? '' : `(${need.columns.join(', ')})`;
      for (const privilege of need.privileges) {
        if (privilege === without) continue;
        await sql.raw(`grant ${privilege} ${columns} on app.vectors to ${worker}`).execute(database.db);
      }
    }
  }

  /** All that a worker does with such a table. */
  async function worked(): Promise<void> {
    const vectors = createTableGraphVectors(db, mapping);
    const fence = await partitionFence(database.db, 'facts')('a');
    expect((await vectors.inspect()).problems).toEqual([]);
    expect((await vectors.talliesOf(['a'])).get('a')).toMatchObject({ vectors: 1 });
    for await (const page of vectors.list(['a'])) expect(page).toMatchObject([{ id: 'v', document: 'd' }]);
    const images = await vectors.fetch('a', ['v']);
    await vectors.describe('a', images);
    expect(await vectors.remove(fence, images)).toEqual({ changed: [] });
    try {
      expect(await vectors.restore(fence, images)).toEqual({ superseded: [] });
      await vectors.deprecate('a', ['d'], new Date());
    } finally {
      await sql`delete from app.vectors`.execute(database.db);
      await sql`insert into app.vectors values ('v', 'a', 'd', '2026-01-01', null, '[1,2]')`.execute(database.db);
    }
  }

  test('the printed grants are enough', async () => {
    await grant(null);
    await worked();
  });

  test.each(['SELECT', 'INSERT', 'UPDATE', 'DELETE'])('and without %s the work fails', async (privilege) => {
    await grant(privilege);
    await expect(worked()).rejects.toThrow(/permission denied/);
  });
});
