import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextBatchSize, targetBatchMs } from '../../src/domain/batch-size.ts';

test('a batch that took the time it should keeps its size', () => {
  expect(nextBatchSize(400, 400, targetBatchMs)).toBe(400);
});

test('a quick batch at most doubles, a slow one at most halves', () => {
  expect(nextBatchSize(50, 50, 1)).toBe(100);
  expect(nextBatchSize(50, 50, 0)).toBe(100);
  expect(nextBatchSize(400, 400, 60_000)).toBe(200);
  expect(nextBatchSize(400, 400, targetBatchMs * 1.25)).toBe(320);
});

test('sizes stay between ten rows and ten thousand', () => {
  expect(nextBatchSize(10, 10, 60_000)).toBe(10);
  expect(nextBatchSize(20_000, 20_000, 1)).toBe(20_000);
});

test('an empty batch does not change the batch size', () => {
  expect(nextBatchSize(50, 0, 5)).toBe(50);
});

test('on a store of steady speed it settles where a batch takes its target, from any start', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 20_000 }),
      fc.double({ min: 0.03, max: 20, noNaN: true }),
      (start, msPerRow) => {
        let size = start;
        for (let batch = 0; batch < 20; batch++) size = nextBatchSize(size, size, size * msPerRow);
        const ideal = Math.min(20_000, Math.max(10, targetBatchMs / msPerRow));
        expect(Math.abs(size - ideal)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('every size is a whole number within bounds, whatever was measured', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat(20_000), fc.nat(1e6), (current, rows, elapsed) => {
      const next = nextBatchSize(current, rows, elapsed);
      expect(Number.isInteger(next)).toBe(true);
      expect(next).toBeGreaterThanOrEqual(Math.min(current, 10));
      expect(next).toBeLessThanOrEqual(20_000);
    }),
  );
});
