import { beforeEach, expect, test } from 'vitest';
import { type HoldFilter, liftHolds, listHolds } from '../../src/state/ledger/holds.ts';
import { describeOnDatabases } from '../support/stores.ts';

const nothing: HoldFilter = { collection: null, partition: null, rowId: null, runId: null };

describeOnDatabases('holds', (database) => {
  const standing = async (filter = nothing) =>
    (await listHolds(database.db, filter, 100)).map((hold) => `${hold.collection} ${hold.row_id}`).toSorted();

  beforeEach(async () => {
    await database.db.deleteFrom('coppice.holds').execute();
    const hold = (collection: string, row_id: string, partition: string, run_id: string) => ({
      ...{ collection, row_id, partition, run_id, dates: '1|' },
    });
    const holds = [
      hold('docs', '1', 'a', 'r1'),
      hold('docs', '2', 'b', 'r1'),
      hold('docs', '3', 'a', 'r2'),
      hold('notes', '1', 'a', 'r2'),
    ];
    await database.db.insertInto('coppice.holds').values(holds).execute();
  });

  test('lifting without a filter is an error, never all', async () => {
    await expect(liftHolds(database.db, nothing)).rejects.toThrow('lifting holds needs a filter');
    expect(await standing()).toHaveLength(4);
  });

  test.each<[Partial<HoldFilter>, readonly string[]]>([
    [{ collection: 'notes' }, ['docs 1', 'docs 2', 'docs 3']],
    [{ partition: 'a' }, ['docs 2']],
    [{ rowId: '1' }, ['docs 2', 'docs 3']],
    [{ runId: 'r1' }, ['docs 3', 'notes 1']],
    [{ collection: 'docs', rowId: '1' }, ['docs 2', 'docs 3', 'notes 1']],
    [{ collection: 'docs', partition: 'a', runId: 'r2' }, ['docs 1', 'docs 2', 'notes 1']],
    [{ partition: '' }, ['docs 1', 'docs 2', 'docs 3', 'notes 1']],
    [{ rowId: '%' }, ['docs 1', 'docs 2', 'docs 3', 'notes 1']],
  ])('lifts those that match all of %o, and says how many', async (filter, left) => {
    const given = { ...nothing, ...filter };
    const matching = await standing(given);
    expect(await liftHolds(database.db, given)).toBe(4 - left.length);
    expect(matching).toHaveLength(4 - left.length);
    expect(await standing()).toEqual(left);
  });

  test('a list is no longer than asked for', async () => {
    expect(await listHolds(database.db, nothing, 2)).toHaveLength(2);
  });
});
