import { expect, test } from 'vitest';
import type { DecayRule } from '../../src/domain/rules/decay.ts';
import { describeOnDatabases } from '../support/stores.ts';
import { createCollection } from './contract/collection.ts';
import { changeRun, undoChange } from './contract/memories.ts';

const day = 86_400_000;
const cutoff = new Date('2026-03-01T03:00:00.000Z');
const ruleAt = (days: number): DecayRule => ({
  ...{ kind: 'decay', cutoff: new Date(cutoff.getTime() + days * day), graceDays: 7, dailyFactor: 0.5 },
  ...{ minimumScore: 0, importanceFloor: 0, thresholds: [], bot: null, basesKnown: true },
});
/** Keys that are one text where their columns are only joined. */
const keys = [
  ['a', 'b,c'],
  ['a,b', 'c'],
  ['a","b', 'c'],
  ['日本', '\n'],
] as const;

describeOnDatabases('memories of several id columns whose scores decay', (database) => {
  test('each follows its own base from night to night, and an undo restores what the run wrote', async () => {
    const memories = await createCollection(database.db, {
      columns: 'prefix text, key text, owner text, score float8, used timestamptz, primary key (prefix, key)',
      chunks: null,
      settings: { kind: 'memories', id: ['prefix', 'key'], user: 'owner', score: 'score', last_accessed_at: 'used' },
    });
    const used = new Date(cutoff.getTime() - 30 * day).toISOString();
    await memories.insert(
      ...keys.map(([prefix, key], at) => ({ prefix, key, owner: 'u', score: 2 ** (at + 2), used })),
    );
    const table = await memories.store.open(database.db);
    const scores = async () =>
      (await memories.image()).map((row) => Number(row.match(/,u,([^,]+),/)?.[1])).sort((a, b) => a - b);
    expect((await changeRun(database.db, table, ruleAt(0))).changed).toBe(keys.length);
    expect(await scores()).toEqual([2, 4, 8, 16]);
    const second = await changeRun(database.db, table, ruleAt(2));
    expect(await scores()).toEqual([0.5, 1, 2, 4]);
    await memories.execute(`update TABLE set score = 100 where prefix = 'a' and key = 'b,c'`);
    const undone = await undoChange(database.db, table, second, ruleAt(2));
    expect(undone).toEqual({ restored: 3, refused: ['["a","b,c"]'] });
    expect(await scores()).toEqual([4, 8, 16, 100]);
  });
});
