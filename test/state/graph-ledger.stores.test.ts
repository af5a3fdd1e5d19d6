import { expect, test } from 'vitest';
import { nextRestoredItems, pendingItems, recordItems, settleItems } from '../../src/state/graphs/graph-ledger.ts';
import { newRun } from '../stores/contract/collection.ts';
import { describeOnDatabases } from '../support/stores.ts';

describeOnDatabases('the ledger of graphs', (database) => {
  test('returns the numbers of an image as they were written', async () => {
    const { db } = database;
    const { no: runNo } = await newRun(db, 'sweep');
    const at = { runNo, partNo: 1 };
    const content = '{"rank": 9007199254740993, "share": 1.10}';
    const image = { kind: 'entity' as const, id: 'e', dates: '', content };
    await db
      .transaction()
      .execute((tx) => recordItems(tx, { runNo, graph: 'graph' }, [{ ...image, partNo: 1 }], 'intent'));
    expect(await pendingItems(db, at, 10)).toEqual([image]);
    await db.transaction().execute((tx) => settleItems(tx, at, [image], true));
    expect(await nextRestoredItems(db, at, runNo + 1, 10)).toEqual([image]);
  });
});
