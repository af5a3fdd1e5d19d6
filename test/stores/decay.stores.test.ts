import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { memoryDecay } from '../../src/activities/memory-decay.ts';
import { changeSweepable } from '../../src/activities/row-changes.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { type DecayBase, type DecayRule, decay } from '../../src/domain/rules/decay.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { survey } from './contract/collection.ts';
import { type ChangeRun, changeRun, createMemories, undoChange } from './contract/memories.ts';

const cutoff = new Date('2026-03-01T03:00:00.000Z');
const day = 86_400_000;
const at = (days: number) => new Date(cutoff.getTime() + days * day);
const ruleAt = (then: Date, changes: Partial<DecayRule> = {}): DecayRule => ({
  ...{ kind: 'decay', cutoff: then, graceDays: 7, dailyFactor: 0.95, minimumScore: 0, importanceFloor: 0 },
  ...{ thresholds: [], bot: null, basesKnown: true },
  ...changes,
});

describeOnDatabases('memories whose scores decay', (database) => {
  const db = () => database.db;

  test('a year-old store loses one day in the first run, nothing in the second, and missed days later', async () => {
    const memories = await createMemories(db());
    await memories.insert(
      { id: 'a', score: 1, used: at(-365) },
      { id: 'b', score: 0.5, used: at(-7) },
      { id: 'c', score: 1, used: at(-6) },
      { id: 'd', score: 1, used: at(1) },
      { id: 'e', score: 1, used: null, created: at(-30) },
      { id: 'f', score: 1, used: at(-30), pinned: true },
      { id: 'g', score: null, used: at(-30) },
      { id: 'h', score: 'NaN', used: at(-30) },
      { id: 'i', score: 0, used: at(-30) },
      { id: 'j', score: 7, used: at(-30) },
      { id: 'k', score: 1, used: null },
    );
    const table = await memories.table();
    const first = await changeRun(db(), table, ruleAt(cutoff));
    expect(first.counts).toMatchObject([{ partition: 'u', rows: 11, due: 4, unreadable: 1, braked: 0 }]);
    expect(await memories.scores()).toEqual({
      ...{ a: '0.95', b: '0.475', c: '1', d: '1', e: '0.95', f: '1', g: null, h: 'NaN', i: '0', k: '1' },
      j: String(7 * 0.95),
    });
    expect((await changeRun(db(), table, ruleAt(new Date(cutoff.getTime() + 3_600_000)))).changed).toBe(0);
    await changeRun(db(), table, ruleAt(at(3)));
    const { a, c } = await memories.scores();
    expect(Number(a)).toBeCloseTo(0.95 ** 4, 12);
    expect(Number(c)).toBeCloseTo(0.95 ** 3, 12);
  });

  test.each([
    ['double precision', '0.8', '0.76'],
    ['real', '0.8', '0.76'],
    ['numeric', '0.8', '0.76'],
    ['numeric(3,2)', '0.11', '0.10'],
    ['integer', '100', '95'],
    ['text', '0.8', '0.76'],
    ['varchar(20)', '0.8', '0.76'],
  ])('a score in a column of type %s', async (type, score, expected) => {
    const memories = await createMemories(db(), type);
    await memories.insert({ id: 'a', score, used: at(-30) });
    const table = await memories.table();
    await changeRun(db(), table, ruleAt(cutoff));
    expect((await memories.scores()).a).toBe(expected);
    // The column returns the value that was written: it is no write of the application's.
    expect((await changeRun(db(), table, ruleAt(cutoff))).counts).toMatchObject([{ due: 0 }]);
    expect((await changeRun(db(), table, ruleAt(at(1)))).changed).toBe(type === 'numeric(3,2)' ? 0 : 1);
  });

  test.each([
    ['a number', 0.8, '0.76'],
    ['text', '0.8', '"0.76"'],
  ])('a score under a key of a JSON column that is %s stays one; other keys stay', async (_, score, expected) => {
    const memories = await createMemories(db(), 'json');
    await memories.insert({ id: 'a', score, used: at(-30) });
    const table = await memories.table();
    const rule = ruleAt(cutoff);
    const first = await changeRun(db(), table, rule);
    expect((await memories.scores()).a).toBe(expected);
    expect(await undoChange(db(), table, first, rule)).toEqual({ restored: 1, refused: [] });
    const { rows } = await sql<{ payload: unknown }>`select payload from ${sql.id(memories.name)}`.execute(db());
    expect(rows).toEqual([{ payload: { text: 'a', meta: { score, kept: true } } }]);
  });

  describe('application writes in the meantime', () => {
    test('a row that it writes, pins, moves or deletes after the survey is left alone', async () => {
      const memories = await createMemories(db());
      const ids = ['scored', 'used', 'pinned', 'moved', 'deleted', 'other', 'still'];
      await memories.insert(...ids.map((id) => ({ id, score: 1, used: at(-30) })));
      const table = await memories.table();
      const done = await changeRun(db(), table, ruleAt(cutoff), async () => {
        await memories.execute(`update TABLE set score = 0.9 where id = 'scored'`);
        await memories.execute(`update TABLE set used = now() where id = 'used'`);
        await memories.execute(`update TABLE set pinned = true where id = 'pinned'`);
        await memories.execute(`update TABLE set owner = 'v' where id = 'moved'`);
        await memories.execute(`delete from TABLE where id = 'deleted'`);
        await memories.execute(`update TABLE set bot = bot where id = 'other'`);
      });
      expect(done).toMatchObject({ changed: 2, spared: 5 });
      expect(await memories.scores()).toEqual({
        ...{ scored: '0.9', used: '1', pinned: '1', moved: '1', other: '0.95', still: '0.95' },
      });
    });

    test('a score that it changed starts a new base; a row that it deleted and inserted again starts anew', async () => {
      const memories = await createMemories(db());
      await memories.insert({ id: 'a', score: 1, used: at(-30) }, { id: 'b', score: 1, used: at(-30) });
      const table = await memories.table();
      await changeRun(db(), table, ruleAt(cutoff));
      await memories.execute(`update TABLE set score = 0.5 where id = 'a'`);
      await memories.execute(`delete from TABLE where id = 'b'`);
      await memories.insert({ id: 'b', score: 1, used: at(-30) });
      await changeRun(db(), table, ruleAt(at(10)));
      expect(await memories.scores()).toEqual({ a: '0.475', b: '0.95' });
    });
  });

  test.each([
    ['moves a field that the rule reads', 'new.used = now(); return new;', /also changes a field that the job reads/],
    ['makes the update go nowhere', 'return null;', /had no effect/],
  ])('a trigger that %s is named before anything is changed', async (_, body, message) => {
    const memories = await createMemories(db());
    await memories.insert({ id: 'a', score: 1, used: at(-30) });
    await memories.execute(`create function TABLE_touch() returns trigger language plpgsql as $$ begin ${body} end $$`);
    await memories.execute('create trigger touch before update on TABLE for each row execute function TABLE_touch()');
    const done = changeRun(db(), await memories.table(), ruleAt(cutoff));
    await expect(done).rejects.toThrow(message);
    await expect(done).rejects.toThrow(/triggers on update: touch/);
    expect(await memories.scores()).toEqual({ a: '1' });
  });

  describe('undo', () => {
    test('writes former scores back and holds them; what was written since keeps what it has', async () => {
      const memories = await createMemories(db());
      const ids = ['a', 'b', 'c', 'd'];
      await memories.insert(...ids.map((id) => ({ id, score: 1, used: at(-30) })));
      const table = await memories.table();
      const rule = ruleAt(cutoff);
      const first = await changeRun(db(), table, rule);
      await memories.execute(`update TABLE set score = 0.2 where id = 'b'`);
      await memories.execute(`delete from TABLE where id = 'd'`);
      expect(await undoChange(db(), table, first, rule)).toEqual({ restored: 2, refused: ['b', 'd'] });
      expect(await memories.scores()).toEqual({ a: '1', b: '0.2', c: '1' });
      expect(await undoChange(db(), table, first, rule)).toEqual({ restored: 0, refused: ['b', 'd'] });
      const next = await changeRun(db(), table, ruleAt(at(1)));
      expect(next.counts).toMatchObject([{ due: 1, onHold: 2 }]);
      // A hold of this rule exempts from no other.
      const expiry = { kind: 'expiry' as const, cutoff, maxAgeDays: null };
      expect(await survey(db(), table, { rule: expiry, respectHolds: true })).toMatchObject([{ onHold: 0 }]);
    });

    test('newest first is the identity, bases included', async () => {
      const memories = await createMemories(db());
      await memories.insert({ id: 'a', score: 1, used: at(-30) });
      const table = await memories.table();
      const bases = async () => {
        const { rows } = await sql`select score, counted_from, accessed_at, stored from coppice.decay_bases
          where collection = ${memories.name}`.execute(db());
        return rows;
      };
      const rules = [ruleAt(cutoff), ruleAt(at(2)), ruleAt(at(5))];
      const states: unknown[] = [];
      const runs: ChangeRun[] = [];
      for (const rule of rules) {
        states.push([await memories.scores(), await bases()]);
        runs.push(await changeRun(db(), table, rule));
      }
      for (const [index, rule] of [...rules.entries()].reverse()) {
        const undone = runs[index];
        if (undone === undefined) throw new Error('there is no such run');
        expect(await undoChange(db(), table, undone, rule)).toEqual({ restored: 1, refused: [] });
        expect([await memories.scores(), await bases()]).toEqual(states[index]);
      }
    });
  });

  describe('what an update costs', () => {
    const observe = async (mapping: CollectionMapping, write: string) => {
      const open = await changeSweepable(createRowStore(mapping), memoryDecay).open(db());
      const parameters = { ...defaults, write };
      const terms = { cutoff, parameters, respectHolds: true };
      return (await open.observe(db(), terms, null, new AbortController().signal)).updates;
    };
    const defaults = { grace_days: 7, daily_decay: 0.05, bot_id: '*' };

    test('is HOT where no index contains the score', async () => {
      const { name, mapping, execute } = await createMemories(db());
      await execute('create index on TABLE (owner); create index on TABLE using brin (score)');
      expect(await observe(mapping, 'all')).toMatchObject({ column: `public.${name}.score`, hot: true, indexes: [] });
    });

    test.each([
      ['is a column of', '(owner, score)'],
      ['is included in', '(owner) include (score)'],
      ['is in an expression of', '((score * 2))'],
      ['is in the predicate of', '(owner) where score > 0.5'],
    ])('names an index that it %s; with a vector index, writing all is refused until accepted', async (_, columns) => {
      const { name, mapping, execute } = await createMemories(db());
      await execute(`alter table TABLE add embedding vector(3);
        create index TABLE_vectors on TABLE using hnsw (embedding vector_l2_ops)`);
      expect(await observe(mapping, 'all')).toMatchObject({ hot: true });
      await execute(`create index TABLE_by_score on TABLE ${columns}`);
      const refused = observe(mapping, 'all');
      await expect(refused).rejects.toThrow(`accept it: collections.${name}.accept: [${name}_vectors]`);
      await expect(refused).rejects.toThrow(`it is in index ${name}_by_score`);
      const cost = { hot: false, indexes: [`${name}_by_score`] };
      expect(await observe(mapping, '0.5,0.2')).toMatchObject(cost);
      expect(await observe({ ...mapping, accept: [`${name}_vectors`] }, 'all')).toMatchObject(cost);
    });
  });

  test('of one bot only its memories change', async () => {
    const memories = await createMemories(db());
    await memories.insert(
      { id: 'a', score: 1, used: at(-30), bot: 'x' },
      { id: 'b', score: 1, used: at(-30), bot: 'y' },
    );
    await changeRun(db(), await memories.table(), ruleAt(cutoff, { bot: 'x' }));
    expect(await memories.scores()).toEqual({ a: '0.95', b: '1' });
  });

  test('with thresholds a score is written only where it falls below one', async () => {
    const memories = await createMemories(db());
    await memories.insert({ id: 'high', score: 1, used: at(-30) }, { id: 'near', score: 0.51, used: at(-30) });
    const table = await memories.table();
    const rule = (days: number) => ruleAt(at(days), { thresholds: [0.5, 0.2] });
    const first = await changeRun(db(), table, rule(0));
    expect(first.counts).toMatchObject([{ due: 1, braked: 1 }]);
    expect(await memories.scores()).toEqual({ high: '1', near: String(0.51 * 0.95) });
    expect((await changeRun(db(), table, rule(5))).changed).toBe(0);
    expect((await changeRun(db(), table, rule(13))).changed).toBe(1);
    expect(Number((await memories.scores()).high)).toBeCloseTo(0.95 ** 14, 12);
  });

  test('rows that lose more than one normal day count for the brake', async () => {
    const memories = await createMemories(db(), 'real');
    await memories.insert({ id: 'a', score: 0.9, used: at(-30) }, { id: 'b', score: 0.123, used: at(-30) });
    const table = await memories.table();
    expect((await changeRun(db(), table, ruleAt(cutoff))).counts).toMatchObject([{ due: 2, braked: 0 }]);
    expect((await changeRun(db(), table, ruleAt(at(1)))).counts).toMatchObject([{ due: 2, braked: 0 }]);
    expect((await changeRun(db(), table, ruleAt(at(2), { dailyFactor: 0.5 }))).counts).toMatchObject([
      { due: 2, braked: 2 },
    ]);
  });

  test('carries out the rule of domain/rules/decay.ts, case by case', async () => {
    const memories = await createMemories(db());
    const table = await memories.table();
    const score = fc.constantFrom(1, 0.5, 0.01, 0, -1, 3);
    const used = fc
      .integer({ min: -60 * 24, max: 10 * 24 })
      .map((hours) => new Date(cutoff.getTime() + hours * 3_600_000));
    const memory = fc.record({ score, lastAccessedAt: used, pinned: fc.boolean() });
    // Hours until the next run, and perhaps another access of the first memory in the meantime.
    const step = fc.record({ hours: fc.integer({ min: 1, max: 200 }), accessed: fc.option(used) });
    const steps = fc.array(step, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(memory, { minLength: 1, maxLength: 8 }), steps, async (given, times) => {
        await memories.execute('truncate TABLE');
        await sql`delete from coppice.decay_bases where collection = ${memories.name}`.execute(db());
        await memories.insert(
          ...given.map((one, index) => ({
            id: `m${index}`,
            score: one.score,
            used: one.lastAccessedAt,
            pinned: one.pinned,
          })),
        );
        const standing = given.map((one) => ({ ...one, base: null as DecayBase | null }));
        let [now, lastRun]: [Date, Date | null] = [cutoff, null];
        for (const { hours, accessed } of times) {
          const rule = ruleAt(now, { minimumScore: 0.02 });
          let wrote = false;
          for (const one of standing) {
            const result = decay(one, one.base, rule, lastRun);
            if (result === null) continue;
            Object.assign(one, result);
            wrote = true;
          }
          await changeRun(db(), table, rule);
          if (wrote) lastRun = now;
          const found = await memories.scores();
          for (const [index, one] of standing.entries()) expect(Number(found[`m${index}`])).toBeCloseTo(one.score, 9);
          const [first] = standing;
          if (accessed !== null && first !== undefined) {
            first.lastAccessedAt = accessed;
            await memories.execute(`update TABLE set used = '${accessed.toISOString()}' where id = 'm0'`);
          }
          now = new Date(now.getTime() + hours * 3_600_000);
        }
      }),
      { numRuns: 30 },
    );
  });
});
