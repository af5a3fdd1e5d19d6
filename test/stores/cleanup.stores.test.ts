import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CleanupRule, isStale } from '../../src/domain/rules/cleanup.ts';
import type { DecayRule } from '../../src/domain/rules/decay.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { bindRun, type Collection, createCollection, removeAll, survey, undo } from './contract/collection.ts';
import { changeRun } from './contract/memories.ts';

const cutoff = new Date('2026-03-01T03:00:00.000Z');
const at = (days: number) => new Date(cutoff.getTime() + days * 86_400_000).toISOString();
const ruleWith = (changes: Partial<CleanupRule> = {}): CleanupRule => ({
  ...{ kind: 'cleanup', cutoff, tier: 'SHORT', maxAgeDays: 30, maxScore: 0.3 },
  ...{ ignoreDecaySince: null, basesKnown: true },
  ...changes,
});
const rule = ruleWith();
const old = { owner: 'u', tier: 'SHORT', score: 0.1, made: at(-40) };

describeOnDatabases('memories that are old and of low score', (database) => {
  const db = () => database.db;

  const create = (links: 'jsonb' | 'text[]' | 'json text' | 'a key' = 'jsonb') =>
    createCollection(db(), {
      columns: `id text primary key, owner text, body text, tier text, score text, made timestamptz, used timestamptz,
        pinned boolean, links ${links === 'json text' ? 'text' : links === 'a key' ? 'jsonb' : links}`,
      chunks: null,
      settings: {
        ...{ kind: 'memories', user: 'owner', tier: 'tier', score: 'score', created_at: 'made', pinned: 'pinned' },
        ...{ last_accessed_at: 'used', links: links === 'a key' ? { path: 'links.to' } : 'links' },
      },
    });
  const due = async (memories: Collection, by: CleanupRule = rule) =>
    (await survey(db(), await memories.store.open(db()), { rule: by, respectHolds: true })).map((one) => one.due);
  const remaining = async (memories: Collection) => (await memories.image()).map((row) => row.slice(1).split(',')[0]);

  /** One run; `between` is called after the survey. */
  async function clean(memories: Collection, { size = 100, by = rule, between = async () => {} } = {}) {
    const table = await memories.store.open(db());
    const run = await bindRun(db(), table, { rule: by, respectHolds: true });
    await between();
    return { run, done: await removeAll(db(), table, run, 'u', size, true, by) };
  }

  test('depends on tier, age and score; pinned and unreadable memories stay', async () => {
    const memories = await create();
    await memories.insert(
      { ...old, id: 'due' },
      { ...old, id: 'exactly the age', made: at(-30) },
      { ...old, id: 'a second older', made: new Date(Date.parse(at(-30)) - 1000).toISOString() },
      { ...old, id: 'exactly the score', score: 0.3 },
      { ...old, id: 'no score', score: null },
      { ...old, id: 'no number', score: 'low' },
      { ...old, id: 'not a number', score: 'NaN' },
      { ...old, id: 'pinned', pinned: true },
      { ...old, id: 'no tier', tier: null },
      { ...old, id: 'another tier', tier: 'MID' },
      { ...old, id: 'no date', made: null },
      { ...old, id: 'nobody', owner: null },
    );
    const before = await memories.image();
    // The row without a user is no partition's: it is counted as unscoped, whatever the rule says of it.
    expect(await due(memories)).toEqual([2, 1]);
    const { run, done } = await clean(memories);
    expect(done).toMatchObject({ documents: 2, spared: 0 });
    expect(await memories.image()).toEqual(before.filter((row) => !/^\((due|"a second older")/.test(row)));
    expect((await undo(db(), memories, run, 'u', rule)).restored).toEqual(['a second older', 'due']);
    expect(await memories.image()).toEqual(before);
  });

  describe('links', () => {
    test.each(['jsonb', 'text[]', 'json text', 'a key'] as const)('in %s keep a memory', async (kind) => {
      const memories = await create(kind);
      const to = (...ids: string[]) =>
        kind === 'a key' ? { to: ids } : kind === 'json text' ? JSON.stringify(ids) : ids;
      await memories.insert(
        { ...old, id: 'stays', tier: 'LONG', links: to('linked', 'unknown') },
        { ...old, id: 'linked', links: to('linked too') },
        { ...old, id: 'linked too', links: to('linked too') },
        { ...old, id: 'alone', links: to('linked', 'alone') },
        { ...old, id: 'circle a', links: to('circle b') },
        { ...old, id: 'circle b', links: to('circle a') },
        { ...old, id: 'of another', owner: 'v', tier: 'LONG', links: to('alone') },
      );
      expect(await due(memories)).toEqual([3, 0]);
      expect((await clean(memories, { size: 1 })).done).toMatchObject({ documents: 3 });
      expect(await remaining(memories)).toEqual(['"linked too"', '"of another"', 'linked', 'stays']);
    });

    test('that are made after the survey keep a memory, and what it links to', async () => {
      const memories = await create();
      await memories.insert(
        { ...old, id: 'a', links: ['b'] },
        { ...old, id: 'b', links: ['c'] },
        { ...old, id: 'c' },
        { ...old, id: 'd' },
      );
      for (const size of [1, 100]) {
        const { done } = await clean(memories, {
          size,
          between: () => memories.insert({ id: `new ${size}`, owner: 'u', links: ['a'] }),
        });
        expect(done.documents).toBe(size === 1 ? 1 : 0);
      }
      expect(await remaining(memories)).toEqual(['"new 1"', '"new 100"', 'a', 'b', 'c']);
    });
  });

  test('a memory that the application pins or moves to another tier after the survey stays', async () => {
    const memories = await create();
    await memories.insert({ ...old, id: 'a' }, { ...old, id: 'b' }, { ...old, id: 'c' }, { ...old, id: 'd' });
    const { done } = await clean(memories, {
      between: async () => {
        await memories.execute(`update TABLE set pinned = true where id = 'a'`);
        await memories.execute(`update TABLE set tier = 'LONG' where id = 'b'`);
        await memories.execute(`update TABLE set score = '0.9' where id = 'c'`);
      },
    });
    expect(done).toMatchObject({ documents: 1, spared: 3 });
    expect(await remaining(memories)).toEqual(['a', 'b', 'c']);
  });

  const decay: DecayRule = {
    ...{ kind: 'decay', cutoff, graceDays: 7, dailyFactor: 0.5, minimumScore: 0, importanceFloor: 0 },
    ...{ thresholds: [], bot: null, basesKnown: true },
  };

  test('a restored memory stays when decay has lowered its score, until the application changes it', async () => {
    const memories = await create();
    await memories.insert({ ...old, id: 'a', used: at(-40) });
    const { run } = await clean(memories);
    await undo(db(), memories, run, 'u', rule);
    expect((await changeRun(db(), await memories.store.open(db()), decay)).changed).toBe(1);
    expect(await due(memories)).toEqual([0]);
    const expiry = { kind: 'expiry' as const, cutoff, maxAgeDays: null };
    const counts = await survey(db(), await memories.store.open(db()), { rule: expiry, respectHolds: true });
    expect(counts).toMatchObject([{ onHold: 0 }]);
    await memories.execute(`update TABLE set made = made - interval '1 day'`);
    expect(await due(memories)).toEqual([1]);
  });

  test('a score that decay has just lowered is not removed by a cleanup that ignores that decay', async () => {
    const memories = await create();
    await memories.insert(
      { ...old, id: 'lowered', score: 0.4, used: at(-40) },
      { ...old, id: 'was low', score: 0.2, used: at(-40) },
      { ...old, id: 'not lowered', score: 0.2, used: at(-1) },
    );
    await changeRun(db(), await memories.store.open(db()), decay);
    expect(await due(memories)).toEqual([3]);
    expect(await due(memories, ruleWith({ ignoreDecaySince: cutoff }))).toEqual([2]);
    expect(await due(memories, ruleWith({ ignoreDecaySince: new Date(cutoff.getTime() + 1) }))).toEqual([3]);
  });

  test('carries out the rule of domain/rules/cleanup.ts, case by case', async () => {
    const memories = await create();
    const memory = fc.record({
      tier: fc.constantFrom('SHORT', 'MID', null),
      score: fc.constantFrom(0, 0.29999, 0.3, 0.9, -1, null),
      createdAt: fc.constantFrom(-29, -30, -30.00001, -31, null),
      pinned: fc.boolean(),
      linked: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(memory, { minLength: 1, maxLength: 20 }), async (given) => {
        await memories.execute('truncate TABLE');
        const rows = given.map(({ tier, score, createdAt, pinned }, index) => {
          return { id: `m${index}`, owner: 'u', tier, score, made: createdAt === null ? null : at(createdAt), pinned };
        });
        const links = given.flatMap(({ linked }, index) => (linked ? [`m${index}`] : []));
        await memories.insert({ id: 'stays', owner: 'u', links }, ...rows);
        const stale = given.filter((one) =>
          isStale({ ...one, createdAt: one.createdAt === null ? null : new Date(at(one.createdAt)) }, rule),
        );
        expect(await due(memories)).toEqual([stale.length]);
      }),
      { numRuns: 15 },
    );
  });
});
