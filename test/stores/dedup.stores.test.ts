import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type ComparedMemory, compareCopies, copyKey, type DedupRule } from '../../src/domain/rules/dedup.ts';
import type { SurveyTerms } from '../../src/stores/ports/row-survey.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { until } from '../support/until.ts';
import {
  type BoundRun,
  bindRun,
  type Collection,
  createCollection,
  newRun,
  removeAll,
  survey,
  undo,
} from './contract/collection.ts';

const cutoff = new Date('2026-03-01T03:00:00.000Z');
const at = (days: number) => new Date(cutoff.getTime() + days * 86_400_000).toISOString();
const rule: DedupRule = { kind: 'dedup', cutoff };
const terms = { rule, respectHolds: true };

type Links = 'jsonb' | 'text[]' | 'a key';

describeOnDatabases('copies of memories', (database) => {
  const db = () => database.db;

  const create = (links: Links = 'jsonb', idType = 'text') =>
    createCollection(db(), {
      columns: `id ${idType} primary key, owner text, bot text, chat text, ends timestamptz, body text, hash text, score double precision, made timestamptz,
        used timestamptz, uses ${links === 'a key' ? 'text' : 'bigint'}, pinned boolean, links ${links === 'text[]' ? links : 'jsonb'}`,
      chunks: null,
      settings: {
        ...{ kind: 'memories', user: 'owner', bot: 'bot', content: 'body', content_hash: 'hash', score: 'score' },
        ...{ created_at: 'made', last_accessed_at: 'used', pinned: 'pinned', session: 'chat', expires_at: 'ends' },
        access_count: links === 'a key' ? { path: 'links.uses' } : 'uses',
        links: links === 'a key' ? { path: 'links.to' } : 'links',
      },
    });
  const copy = { owner: 'u', body: 'text', hash: 'h', score: 0.5, made: at(-10) };
  const due = async (memories: Collection) =>
    (await survey(db(), await memories.store.open(db()), terms)).map((one) => one.due);
  const rows = async (memories: Collection) => {
    const found = await sql<Record<string, unknown>>`select * from ${sql.id(memories.table)} order by id`.execute(db());
    return found.rows;
  };
  const ids = async (memories: Collection) => (await rows(memories)).map(({ id }) => id);

  /** One run; `between` is called after the survey. */
  async function merge(memories: Collection, { size = 100, user = 'u', between = async () => {} } = {}) {
    const table = await memories.store.open(db());
    const run = await bindRun(db(), table, terms);
    await between();
    return { run, done: await removeAll(db(), table, run, user, size, true, rule) };
  }

  /** An undo of one partition, rows first. */
  async function unmerge(memories: Collection, run: BoundRun, user = 'u') {
    const { restored, ...undone } = await undo(db(), memories, run, user, rule);
    const refused = [...undone.refused];
    const table = await memories.store.open(db());
    const { no: undoRunNo, run_id: undoRunId } = await newRun(db(), 'undo');
    const request = { ...run.at(user), partition: user, undoRunNo, undoRunId, rule, limit: 2 };
    for (;;) {
      const done = await db()
        .transaction()
        .execute((tx) => table.changes.undo(tx, request));
      refused.push(...done.refused);
      if (done.seen < request.limit) return { restored, refused };
    }
  }

  test('of each set the pinned one stays, then the highest score, the oldest, the first id', async () => {
    const memories = await create();
    await memories.insert(
      { ...copy, id: 'p1', body: 'pinned', pinned: true, score: 0 },
      { ...copy, id: 'p2', body: 'pinned', score: 1 },
      { ...copy, id: 's1', body: 'score', score: null },
      { ...copy, id: 's2', body: 'score', score: 0.6 },
      { ...copy, id: 's3', body: 'score', score: 0.5 },
      { ...copy, id: 'o1', body: 'old', made: at(-2) },
      { ...copy, id: 'o2', body: 'old', made: at(-3) },
      { ...copy, id: 'o3', body: 'old', made: null },
      { ...copy, id: 'i2', body: 'id' },
      { ...copy, id: 'i1', body: 'id' },
    );
    expect(await due(memories)).toEqual([6]);
    expect((await merge(memories)).done).toMatchObject({ documents: 6, spared: 0 });
    expect(await ids(memories)).toEqual(['i1', 'o2', 'p1', 's2']);
  });

  test('only copies of one user and bot, with equal hash and text, or without a hash equal text', async () => {
    const memories = await create();
    await memories.insert(
      ...['u', 'v'].flatMap((owner) =>
        ['1', '2', '3'].map((no) => ({ ...copy, owner, id: `${owner}${no}`, body: 'shared' })),
      ),
      { ...copy, id: 'collides', body: 'another text' },
      { ...copy, id: 'other hash', body: 'shared', hash: 'g' },
      { ...copy, id: 'other bot', body: 'shared', bot: 'b' },
      { ...copy, id: 'other chat', body: 'shared', chat: 'c' },
      { ...copy, id: 'n1', hash: null, body: ' without\u00a0a  hash ' },
      { ...copy, id: 'n2', hash: ' ', body: 'without a\nhash' },
      { ...copy, id: 'n3', hash: null, body: 'Without a hash' },
      ...[null, '', ' \n'].flatMap((body, no) => [`e${no}`, `f${no}`].map((id) => ({ ...copy, id, body, hash: null }))),
      ...[null, ''].flatMap((body, no) => [`g${no}`, `h${no}`].map((id) => ({ ...copy, id, body }))),
      { ...copy, id: 'x1', owner: null },
      { ...copy, id: 'x2', owner: null },
      { ...copy, id: 'y1', owner: '' },
      { ...copy, id: 'y2', owner: '' },
    );
    const before = await memories.image();
    const counts = await survey(db(), await memories.store.open(db()), terms);
    expect(counts.flatMap(({ partition, due }) => (partition === null ? [] : [[partition, due]]))).toEqual([
      ['u', 3],
      ['v', 2],
    ]);
    expect((await merge(memories)).done.documents).toBe(3);
    const removed = ['u2', 'u3', 'n2'];
    expect(await memories.image()).toEqual(before.filter((row) => !removed.includes(row.slice(1).split(',')[0] ?? '')));
  });

  test('a run counts and shows what a preview counts and shows', async () => {
    const memories = await create();
    const table = await memories.store.open(db());
    await memories.insert(
      ...['a', 'b', 'c'].map((id) => ({ ...copy, id })),
      ...['d', 'e'].map((id) => ({ ...copy, id, owner: 'v', body: 'held' })),
      { ...copy, id: 'f', owner: null },
    );
    const held = await merge(memories, { user: 'v' });
    await unmerge(memories, held.run, 'v');
    const samples = (of: SurveyTerms) =>
      db()
        .transaction()
        .execute((tx) => table.samples(tx, of, ['u', 'v']));
    const preview = await survey(db(), table, terms);
    const run = await bindRun(db(), table, terms);
    expect(preview).toMatchObject([
      { partition: 'u', rows: 3, due: 2, reasons: { copy: 2 }, onHold: 0 },
      { partition: 'v', rows: 2, due: 0, onHold: 1 },
      { partition: null, rows: 1, due: 0 },
    ]);
    expect(run.counts).toEqual(preview);
    expect(await samples({ ...terms, runNo: run.runNo })).toEqual(new Map([['u', ['b', 'c']]]));
    expect(await samples(terms)).toEqual(new Map([['u', ['b', 'c']]]));
  });

  describe.each(['jsonb', 'text[]', 'a key'] as const)('with links in %s', (kind) => {
    const fields = (uses: number | null, to: readonly string[] | null) =>
      kind === 'a key'
        ? { links: { ...(uses === null ? {} : { uses: String(uses) }), ...(to === null ? {} : { to }), kept: 1 } }
        : { uses, links: to };
    const read = async (memories: Collection) =>
      Object.fromEntries(
        (await rows(memories)).map(({ id, uses, links, used }) => {
          const json = links as { uses?: string; to?: string[] };
          const [count, to] = kind === 'a key' ? [json.uses ?? null, json.to ?? null] : [uses, links];
          return [id, [count === null ? null : Number(count), to, used === null ? null : (used as Date).toISOString()]];
        }),
      );

    test.each([100, 1])(
      'the survivor receives counts, links and latest access, links to copies follow; undone, all is as it was (batches of %s)',
      async (size) => {
        const memories = await create(kind);
        await memories.insert(
          { ...copy, id: 'a', used: at(-5), ...fields(1, ['x', 'b']) },
          { ...copy, id: 'b', used: at(-1), ...fields(20, ['a', 'y', 'd']) },
          { ...copy, id: 'c', used: null, ...fields(300, ['x', 'c']) },
          { ...copy, id: 'd', body: 'other', used: at(-2), ...fields(null, null) },
          { ...copy, id: 'e', body: 'other', used: at(-2), ...fields(5, ['c']) },
          { ...copy, id: 'f', body: 'third', ...fields(7, ['b', 'a', 'e', 'z']) },
        );
        const before = await memories.image();
        const { run, done } = await merge(memories, { size });
        expect(done).toMatchObject({ documents: 3, spared: 0 });
        expect(await read(memories)).toEqual({
          a: [321, ['x', 'y', 'd'], at(-1)],
          d: [5, ['a'], at(-2)],
          f: [7, ['a', 'd', 'z'], null],
        });
        expect(await unmerge(memories, run)).toEqual({ restored: ['b', 'c', 'e'], refused: [] });
        expect(await memories.image()).toEqual(before);
        // All of the sets are on hold now, also the rows that stayed.
        await memories.execute(`update TABLE set score = 0.1 where id = 'a'`);
        expect(await survey(db(), await memories.store.open(db()), terms)).toMatchObject([{ due: 0, onHold: 3 }]);
      },
    );
  });

  test('a memory that one of its copies keeps for longer is kept as long as that', async () => {
    const memories = await create();
    await memories.insert(
      { ...copy, id: 'a1', body: 'a', ends: at(1) },
      { ...copy, id: 'a2', body: 'a', ends: at(3) },
      { ...copy, id: 'a3', body: 'a', ends: at(2) },
      { ...copy, id: 'b1', body: 'b', ends: at(1) },
      { ...copy, id: 'b2', body: 'b', ends: null },
      { ...copy, id: 'c1', body: 'c', ends: null },
      { ...copy, id: 'c2', body: 'c', ends: at(1) },
    );
    const before = await memories.image();
    const { run } = await merge(memories, { size: 1 });
    expect((await rows(memories)).map(({ id, ends }) => [id, ends])).toEqual([
      ['a1', new Date(at(3))],
      ['b1', null],
      ['c1', null],
    ]);
    await unmerge(memories, run);
    expect(await memories.image()).toEqual(before);
  });

  test('an undo keeps what the application counted and used since, and names links that it has written', async () => {
    const memories = await create();
    await memories.insert(
      { ...copy, id: 'a', uses: 1, links: ['x'], used: at(-5) },
      { ...copy, id: 'b', uses: 2, links: ['y'], used: at(-4) },
      { ...copy, id: 'c', body: 'other', links: ['b'] },
      { ...copy, id: 'd', body: 'more', uses: 1, used: at(-5) },
      { ...copy, id: 'e', body: 'more', uses: 2, used: at(-4) },
      { ...copy, id: 'f', body: 'moves', links: ['b'] },
    );
    const { run } = await merge(memories);
    await memories.execute(`update TABLE set uses = uses + 10, used = '2026-03-01T00:00:00Z' where id = 'd'`);
    await memories.execute(`update TABLE set links = '["a", "new"]' where id = 'c'`);
    await memories.execute(`update TABLE set owner = 'v' where id = 'f'`);
    expect(await unmerge(memories, run)).toEqual({ restored: ['b', 'e'], refused: ['c', 'f'] });
    expect(await rows(memories)).toMatchObject([
      { id: 'a', uses: 1, links: ['x'], used: new Date(at(-5)) },
      { id: 'b', uses: 2 },
      { id: 'c', links: ['a', 'new'] },
      { id: 'd', uses: 11, used: new Date('2026-03-01T00:00:00Z') },
      { id: 'e', uses: 2 },
      { id: 'f', owner: 'v', links: ['a'] },
    ]);
  });

  test('two runs undone newest first are the identity; oldest first keeps what the later one wrote, and names it', async () => {
    for (const order of ['newest first', 'oldest first'] as const) {
      const memories = await create();
      await memories.insert({ ...copy, id: 'a', uses: 1, links: ['x'] }, { ...copy, id: 'b', uses: 2, links: ['y'] });
      const states = [await memories.image()];
      const { run: first } = await merge(memories);
      await memories.insert({ ...copy, id: 'c', uses: 4, links: ['z'] });
      states.push(await memories.image());
      const { run: second } = await merge(memories);
      expect(await rows(memories)).toMatchObject([{ id: 'a', uses: 7, links: ['x', 'y', 'z'] }]);
      if (order === 'newest first') {
        expect(await unmerge(memories, second)).toEqual({ restored: ['c'], refused: [] });
        expect(await memories.image()).toEqual(states[1]);
        await memories.execute(`delete from TABLE where id = 'c'`);
        expect(await unmerge(memories, first)).toEqual({ restored: ['b'], refused: [] });
        expect(await memories.image()).toEqual(states[0]);
      } else {
        expect(await unmerge(memories, first)).toEqual({ restored: ['b'], refused: ['a'] });
        expect(await rows(memories)).toMatchObject([
          { id: 'a', uses: 5, links: ['x', 'y', 'z'] },
          { id: 'b', uses: 2 },
        ]);
      }
    }
  });

  test('64-bit ids in links stay exact, and numbers stay numbers', async () => {
    const memories = await create('jsonb', 'bigint');
    const [one, two, three] = ['9007199254740993', '9007199254740995', '9007199254740997'];
    await memories.execute(`insert into TABLE (id, owner, body, links) values (${one}, 'u', 'text', '[]'),
      (${two}, 'u', 'text', '[]'), (${three}, 'u', 'other', '[${two}, 5, "${two}"]')`);
    await merge(memories);
    const found = await sql<{
      links: string;
    }>`select links::text as links from ${sql.id(memories.table)} order by id`.execute(db());
    expect(found.rows.map(({ links }) => links)).toEqual(['[]', `[${one}, 5, "${one}"]`]);
  });

  describe('what the application does after the survey', () => {
    test.each([
      ['the survivor is deleted', `delete from TABLE where id = 'a'`, 0],
      ['the survivor gets another text', `update TABLE set body = 'new' where id = 'a'`, 0],
      ['the survivor moves to another user', `update TABLE set owner = 'v' where id = 'a'`, 0],
      ['a copy is pinned', `update TABLE set pinned = true where id = 'b'`, 1],
      ['a copy gets a higher score', `update TABLE set score = 0.9 where id = 'b'`, 1],
      ['a copy gets another text', `update TABLE set body = 'new' where id = 'b'`, 1],
      ['a copy is deleted', `delete from TABLE where id = 'b'`, 1],
      ['the survivor is used', `update TABLE set uses = uses + 1 where id = 'a'`, 2],
      [
        'another copy is inserted',
        `insert into TABLE (id, owner, body, hash, uses) values ('d', 'u', 'text', 'h', 9)`,
        2,
      ],
    ])('%s: nothing is removed but copies of a row that stays', async (_, statement, removed) => {
      const memories = await create();
      await memories.insert(...['a', 'b', 'c'].map((id) => ({ ...copy, id, uses: 10 })));
      const { done } = await merge(memories, { between: () => memories.execute(statement) });
      expect(done).toMatchObject({ documents: removed, spared: 2 - removed });
      const [survivor] = await rows(memories);
      if (removed > 0)
        expect(survivor).toMatchObject({ id: 'a', uses: 10 + removed * 10 + (statement.includes('uses + 1') ? 1 : 0) });
      expect((await rows(memories)).length).toBeGreaterThan(0);
    });
  });

  test('a copy that the database refuses to delete stays, and gives nothing', async () => {
    const memories = await create();
    await memories.execute('create table TABLE_notes (memory text references TABLE (id))');
    await memories.insert(...['a', 'b', 'c'].map((id) => ({ ...copy, id, uses: 10 })));
    await memories.execute(`insert into TABLE_notes values ('b')`);
    const table = await memories.store.open(db());
    const run = await bindRun(db(), table, terms);
    const batch = { ...run.at('u'), partition: 'u', rule, after: null, size: 10, keep: true };
    const removal = await db()
      .transaction()
      .execute((tx) => table.remove(tx, batch));
    expect(removal).toMatchObject({ seen: 2, documents: 1, spared: 0, kept: [{ reason: 'referenced', documents: 1 }] });
    expect(await rows(memories)).toMatchObject([
      { id: 'a', uses: 20 },
      { id: 'b', uses: 10 },
    ]);
  });

  test('small partitions together come to what each comes to by itself', async () => {
    const memories = await create();
    await memories.insert(
      ...['u', 'v', 'w'].flatMap((owner) =>
        ['1', '2', '3'].map((no) => ({ ...copy, owner, id: `${owner}${no}`, uses: 1, links: [`${owner}2`] })),
      ),
    );
    const before = await memories.image();
    const table = await memories.store.open(db());
    const run = await bindRun(db(), table, terms);
    await memories.execute(`update TABLE set body = 'new' where id = 'v3'`);
    const partitions = ['u', 'v', 'w'].map((partition) => ({ no: run.at(partition).partNo, partition }));
    const done = await db()
      .transaction()
      .execute((tx) => table.removeTogether(tx, { runNo: run.runNo, partitions, rule, keep: true }));
    expect([...done.values()].map(({ documents, spared }) => [documents, spared])).toEqual([
      [2, 0],
      [1, 1],
      [2, 0],
    ]);
    expect(await rows(memories)).toMatchObject([
      { id: 'u1', uses: 3, links: [] },
      { id: 'v1', uses: 2, links: [] },
      { id: 'v3', uses: 1, links: ['v1'] },
      { id: 'w1', uses: 3, links: [] },
    ]);
    await memories.execute(`update TABLE set body = 'text' where id = 'v3'`);
    for (const user of ['w', 'v', 'u']) await unmerge(memories, run, user);
    expect(await memories.image()).toEqual(before);
  });

  test('carries out the rule of domain/rules/dedup.ts, case by case', async () => {
    const memories = await create();
    const memory = fc.record({
      content: fc.constantFrom('a', 'a ', 'A', '  ', null, 'a\u00a0b', 'a b', 'e\u0301', '\u00e9'),
      contentHash: fc.constantFrom('h', 'g', '', null),
      bot: fc.constantFrom('b', null),
      pinned: fc.boolean(),
      score: fc.constantFrom(0.5, 0.7, null),
      createdAt: fc.constantFrom(new Date(at(-1)), new Date(at(-2)), null),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(memory, { minLength: 2, maxLength: 25 }), async (given) => {
        await memories.execute('truncate TABLE');
        const all: ComparedMemory[] = given.map((one, no) => ({
          ...one,
          session: null,
          id: `m${String(no).padStart(2, '0')}`,
        }));
        await memories.insert(
          ...all.map(({ id, content, contentHash, bot, pinned, score, createdAt }) => {
            return { id, owner: 'u', body: content, hash: contentHash, bot, pinned, score, made: createdAt };
          }),
        );
        const stays = [...Map.groupBy(all, (one) => copyKey(one) ?? one.id).values()].map(
          (set) => set.toSorted(compareCopies)[0]?.id,
        );
        await merge(memories, { size: 7 });
        expect(await ids(memories)).toEqual(stays.sort());
      }),
      { numRuns: 20 },
    );
  });

  if (database.name === 'native') {
    test('10,000 copies of one memory are merged in slices, and each is counted once', async () => {
      const memories = await create();
      await memories.execute(`insert into TABLE (id, owner, body, hash, uses, links)
      select 'm' || n, 'u', 'text', 'h', n, jsonb_build_array('m' || (n + 1), 'x' || n % 3) from generate_series(1, 10000) n`);
      const { run, done } = await merge(memories, { size: 3000 });
      expect(done).toMatchObject({ documents: 9999, spared: 0 });
      const [survivor, ...others] = await rows(memories);
      expect(others).toEqual([]);
      expect(survivor).toMatchObject({ id: 'm1', uses: 50_005_000 });
      expect(new Set(survivor?.links as string[])).toEqual(new Set(['x0', 'x1', 'x2', 'm10001']));
      expect((await unmerge(memories, run)).refused).toEqual([]);
      const sums = await sql<{ sum: number; count: number }>`
      select sum(uses)::int8 as sum, count(*)::int8 as count from ${sql.id(memories.table)}`.execute(db());
      expect(sums.rows).toEqual([{ sum: 50_005_000, count: 10_000 }]);
    });

    test('a copy that is inserted and a survivor that is used while the run waits for a lock', async () => {
      const memories = await create();
      await memories.insert(...['a', 'b', 'c'].map((id) => ({ ...copy, id, uses: 1 })));
      const table = await memories.store.open(db());
      const run = await bindRun(db(), table, terms);
      const other = await database.connect();
      await other.query('begin');
      await other.query(`update ${memories.table} set uses = uses + 5 where id = 'a'`);
      await other.query(`update ${memories.table} set body = 'new' where id = 'b'`);
      await other.query(`insert into ${memories.table} (id, owner, body, hash) values ('d', 'u', 'text', 'h')`);
      const removing = removeAll(db(), table, run, 'u', 10, true, rule);
      await until('the run waits for the row', async () => (await lockWaiters(db())) > 0);
      await other.query('commit');
      expect(await removing).toMatchObject({ documents: 1, spared: 1 });
      expect(await rows(memories)).toMatchObject([{ id: 'a', uses: 7 }, { id: 'b', uses: 1 }, { id: 'd' }]);
    });

    test('an application that locks the rows in the order of their ids meets no deadlock', async () => {
      const memories = await create();
      // The survivor has the last id, and the run meets it first.
      await memories.insert(...['a', 'b', 'c', 'z'].map((id) => ({ ...copy, id, uses: 1, score: id === 'z' ? 1 : 0 })));
      const table = await memories.store.open(db());
      const run = await bindRun(db(), table, terms);
      const other = await database.connect();
      await other.query('begin');
      await other.query(`select from ${memories.table} where id = 'a' for update`);
      const removing = removeAll(db(), table, run, 'u', 10, true, rule);
      await until('the run waits for the row', async () => (await lockWaiters(db())) > 0);
      await other.query(`update ${memories.table} set uses = uses + 5 where id = 'z'`);
      await other.query('commit');
      expect(await removing).toMatchObject({ documents: 3, spared: 0 });
      expect(await rows(memories)).toMatchObject([{ id: 'z', uses: 9 }]);
    });
  }
});
