import { expect, test } from 'vitest';
import { addTotals, isFinal, zeroTotals } from '../../src/domain/run.ts';
import { countsOf } from '../../src/jobs/index.ts';

test('totals add up by name, also where one side has no such name', () => {
  expect(addTotals({ deleted_documents: 2, a: 1 }, { deleted_documents: 3, b: -1 })).toEqual({
    ...{ deleted_documents: 5, a: 1, b: -1 },
  });
  expect(addTotals({}, {})).toEqual({});
});

test('adding leaves what was added as it was', () => {
  const [a, b] = [{ n: 1 }, { n: 2 }];
  addTotals(a, b);
  expect([a, b]).toEqual([{ n: 1 }, { n: 2 }]);
});

test('a run that did nothing reports zeros', () => {
  expect(zeroTotals('sweep', countsOf('ttl-cleanup'))).toEqual({ deleted_documents: 0, deleted_vectors: 0 });
  expect(zeroTotals('undo', countsOf('ttl-cleanup'))).toEqual({
    ...{ restored_documents: 0, restored_vectors: 0, refused: 0 },
  });
  expect(zeroTotals('task', countsOf('upkeep'))).toEqual({});
});

test('a run that waits for its turn or works is not final, every other is', () => {
  const statuses = [
    ...(['pending', 'running', 'success', 'partial', 'failed'] as const),
    ...(['held', 'skipped', 'rejected', 'cancelled', 'preview'] as const),
  ];
  expect(statuses.filter((status) => !isFinal(status))).toEqual(['pending', 'running']);
});
