import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { fieldReports } from '../../src/operations/setup/doctor/fields.ts';
import { indexAdvice } from '../../src/operations/setup/doctor/index-advice.ts';
import { replicaIdentityProblems } from '../../src/operations/setup/doctor/replica-identity.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { effectsOf } from '../../src/stores/postgres/schema/unseen-effects.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { bindRun, future, past, removeAll, rule, survey, terms, undo } from './contract/collection.ts';

/** Names as object-relational mappers write them, and names that break text which is put together unquoted. */
const kinds = [
  { title: 'capitals', of: (name: string) => `Knowledge${name}` },
  { title: 'spaces, quotes and percent signs', of: (name: string) => `the "${name}" of 100 % 'all' $1` },
  { title: 'dots and characters beyond ASCII', of: (name: string) => `é.${name}.文档` },
];
const reserved = {
  table: 'select',
  chunks: 'table',
  id: 'order',
  workspace: 'group',
  expires: 'end',
  document: 'from',
};

describeOnDatabases('names that need quotes', (database) => {
  const plain = (of: (name: string) => string) => ({
    ...{ table: of('Doc'), chunks: of('Chunk'), id: of('Id'), workspace: of('tenantId') },
    ...{ expires: of('expiresAt'), document: of('docId') },
  });
  const cases = [
    ...kinds.map(({ title, of }) => ({ title, names: plain(of) })),
    { title: 'reserved words', names: reserved },
  ];

  test.each(cases)('$title: survey, run, undo and doctor work as on any other table', async ({ names }) => {
    const { db } = database;
    const schema = names.table;
    const id = (...path: string[]) => sql.id(...path);
    await sql`create schema ${id(schema)}`.execute(db);
    await sql`create table ${id(schema, names.table)} (${id(names.id)} text primary key, ${id(names.workspace)} text,
      ${id(names.expires)} timestamptz)`.execute(db);
    await sql`create table ${id(schema, names.chunks)} (${id(names.id)} int generated always as identity primary key,
      ${id(names.document)} text not null references ${id(schema, names.table)}, embedding vector(3))`.execute(db);
    await sql`create table ${id(schema, `${names.table} notes`)} (${id(names.document)} text references
      ${id(schema, names.table)})`.execute(db);
    await sql`insert into ${id(schema, names.table)} values ('a', 't', ${past}), ('b', 't', ${past}), ('c', 't', ${future}),
      ('d', 'other', ${past})`.execute(db);
    await sql`insert into ${id(schema, names.chunks)} (${id(names.document)}, embedding) values ('a', '[1,2,3]'),
      ('a', '[2,3,4]'), ('b', '[3,4,5]')`.execute(db);
    const field = (column: string) => ({ column, keys: [] });
    const mapping: CollectionMapping = {
      ...{ name: 'select', mapped: true, table: { schema, name: names.table }, id: names.id, document: null },
      partition: field(names.workspace),
      expiresAt: { ...field(names.expires), type: 'timestamptz', zone: 'UTC' },
      ...{ fetchedAt: null, url: null, title: null, content: null, contentHash: null, quality: null },
      ...{ filter: [{ ...field(names.workspace), anyOf: ['t', 'other'] }], maxAgeDays: null, accept: [] },
      vectors: {
        in: 'table',
        table: { schema, name: names.chunks },
        ...{ id: names.id, document: names.document, text: 'text', vector: 'embedding' },
      },
    };
    const store = createRowStore(mapping);
    const image = async () => {
      const { rows } = await sql<{ row: string }>`select t::text as row from ${id(schema, names.table)} t
        union all select t::text from ${id(schema, names.chunks)} t order by 1`.execute(db);
      return rows.map(({ row }) => row);
    };
    const before = await image();
    const table = await store.open(db);
    expect(await survey(db, table)).toMatchObject([
      { partition: 'other', due: 1 },
      { partition: 't', due: 2 },
    ]);
    const run = await bindRun(db, table);
    await db.transaction().execute(async (tx) => {
      expect((await table.ledgerBytes(tx, 3)).expected).toBeGreaterThan(0);
      expect((await table.samples(tx, terms, ['t'])).get('t')).toEqual(expect.arrayContaining(['a', 'b']));
    });
    expect(await removeAll(db, table, run, 't', 1)).toMatchObject({ documents: 2, vectors: 3 });
    const group = { runNo: run.runNo, partitions: [{ no: run.at('other').partNo, partition: 'other' }] };
    const together = await db.transaction().execute((tx) => table.removeTogether(tx, { ...group, rule, keep: true }));
    expect([...together.values()]).toMatchObject([{ documents: 1 }]);
    expect(await image()).toHaveLength(1);
    expect(await undo(db, { store }, run, 't')).toMatchObject({ restored: ['a', 'b'], vectors: 3 });
    expect(await undo(db, { store }, run, 'other')).toMatchObject({ restored: ['d'] });
    expect(await image()).toEqual(before);
    expect(await survey(db, table)).toMatchObject([{ onHold: 1 }, { onHold: 2 }]);
    await db.transaction().execute((tx) => table.liftVanished(tx, null, 10));

    const { rows, chunks, problems } = await store.inspect(db);
    if (rows === null) throw new Error('the table exists');
    expect(problems).toEqual([]);
    expect(await fieldReports(db, mapping, rows, { chunks, children: [] })).not.toEqual([]);
    for (const { sql: statement } of await indexAdvice(db, mapping)) await sql.raw(statement).execute(db);
    expect(await indexAdvice(db, mapping)).toEqual([]);
    expect(await replicaIdentityProblems(db, mapping)).toEqual([]);
    expect((await effectsOf(db, mapping)).filter((effect) => effect.refused)).toEqual([]);
    // The next of these collections has the same name and other columns.
    await sql`drop schema ${id(schema)} cascade`.execute(db);
    await sql`delete from coppice.holds`.execute(db);
  });
});
