import { describe, expect, test } from 'vitest';
import { changeWords, collectionExcess, partitionExceeds, partitionExcess } from '../../src/domain/brake.ts';

const limits = { max_share: 0.1, max_partition_share: 0.5, max_weekly_share: 0.25, floor_rows: 100 };
const load = (rows: number, due: number, removedInSevenDays = 0) => ({
  collection: 'documents',
  rows,
  due,
  removedInSevenDays,
});

describe('the share of a collection', () => {
  test('at the limit runs, one row above is held', () => {
    expect(collectionExcess(load(10_000, 1000), limits)).toEqual([]);
    expect(collectionExcess(load(10_000, 1001), limits)).toEqual([
      'documents: 1001 of 10000 rows (10 %) would go; max_share allows 10 %',
    ]);
  });

  test('below the floor does not count, at the floor it does', () => {
    expect(collectionExcess(load(99, 99), limits)).toEqual([]);
    expect(collectionExcess(load(100, 100), { ...limits, max_weekly_share: 1 })).toHaveLength(1);
  });

  test('of 1 lets everything go, of 0 nothing from the floor on', () => {
    const weekly = { ...limits, max_weekly_share: 1 };
    expect(collectionExcess(load(500, 500), { ...weekly, max_share: 1 })).toEqual([]);
    expect(collectionExcess(load(1_000_000, 100), { ...weekly, max_share: 0 })).toHaveLength(1);
    expect(collectionExcess(load(1_000_000, 99), { ...weekly, max_share: 0 })).toEqual([]);
    expect(collectionExcess(load(1_000_000, 1), { ...weekly, max_share: 0, floor_rows: 0 })).toHaveLength(1);
  });

  test('of an empty collection is none', () => {
    expect(collectionExcess(load(0, 0), { ...limits, floor_rows: 0 })).toEqual([]);
  });
});

describe('the share of seven days', () => {
  test('compares earlier removals with the rows that existed before them', () => {
    expect(collectionExcess(load(8000, 500, 2000), limits)).toEqual([]);
    expect(collectionExcess(load(8000, 501, 2000), limits)).toEqual([
      'documents: 2501 rows (25 %) would be removed within seven days; max_weekly_share allows 25 %',
    ]);
  });

  test('of a job that changes rows speaks of changes', () => {
    expect(collectionExcess(load(8000, 501, 2000), limits, changeWords).join()).toContain(
      'would be changed within seven',
    );
  });

  test('holds a thousand small nights that each stay below the floor', () => {
    expect(collectionExcess(load(1000, 50, 300), limits)).toEqual([expect.stringContaining('max_weekly_share')]);
    expect(collectionExcess(load(1000, 50, 49), { ...limits, max_weekly_share: 0.01 })).toEqual([]);
    expect(collectionExcess(load(1000, 50, 50), { ...limits, max_weekly_share: 0.01 })).toHaveLength(1);
  });

  test('does not hold a run that removes nothing', () => {
    expect(collectionExcess(load(1000, 0, 5000), limits)).toEqual([]);
  });
});

test('one collection may pass two limits, and both are named', () => {
  expect(collectionExcess(load(1000, 900), limits)).toEqual([
    expect.stringContaining('max_share'),
    expect.stringContaining('max_weekly_share'),
  ]);
});

test('names the table where the share is of its rows', () => {
  expect(collectionExcess({ ...load(1000, 301), ofTable: true }, { ...limits, max_weekly_share: 1 })).toEqual([
    'documents: 301 of 1000 rows of the table (30.1 %) would go; max_share allows 10 %',
  ]);
});

describe('the share of a partition', () => {
  const partition = (rows: number, due: number) => ({ rows, due });

  test('at the limit runs, one row above is held, below the floor it does not count', () => {
    expect(partitionExceeds(partition(400, 200), limits)).toBe(false);
    expect(partitionExceeds(partition(400, 201), limits)).toBe(true);
    expect(partitionExceeds(partition(99, 99), limits)).toBe(false);
    expect(partitionExceeds(partition(100, 100), limits)).toBe(true);
  });

  test('makes one sentence of however many partitions', () => {
    expect(partitionExcess('documents', 0, limits)).toEqual([]);
    expect(partitionExcess('documents', 1, limits)).toEqual([
      'documents: 1 partition would lose more than max_partition_share allows (50 %)',
    ]);
    expect(partitionExcess('documents', 1234, limits)).toEqual([expect.stringContaining('1234 partitions')]);
  });
});
