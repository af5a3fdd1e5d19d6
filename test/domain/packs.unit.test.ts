import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packLimits, packPartitions } from '../../src/domain/packs.ts';

/** Partitions under rising numbers, with gaps where some are finished. */
const partitions = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 5 }), weight: fc.integer({ min: 1, max: 100_000 }) }), {
    maxLength: 300,
  })
  .map((given) => {
    let no = 0;
    return given.map(({ gap, weight }) => {
      no += gap;
      return { no, weight };
    });
  });
const limits = fc.record({
  maxWeight: fc.integer({ min: 1, max: 60_000 }),
  maxPartitions: fc.integer({ min: 1, max: 50 }),
});

test('every partition is in exactly one pack, and packs follow one another', () => {
  fc.assert(
    fc.property(partitions, limits, (given, limit) => {
      const packs = packPartitions(given, limit);
      for (const { no } of given) {
        expect(packs.filter((pack) => pack.from <= no && no <= pack.to)).toHaveLength(1);
      }
      for (const [at, pack] of packs.entries()) {
        expect(pack.from).toBeLessThanOrEqual(pack.to);
        expect(pack.from).toBeGreaterThan(packs[at - 1]?.to ?? 0);
      }
      expect(packs.reduce((sum, pack) => sum + pack.partitions, 0)).toBe(given.length);
    }),
  );
});

test('no pack exceeds its limits; a heavier partition has a pack of its own', () => {
  fc.assert(
    fc.property(partitions, limits, (given, limit) => {
      for (const pack of packPartitions(given, limit)) {
        const inside = given.filter(({ no }) => pack.from <= no && no <= pack.to);
        const weight = inside.reduce((sum, one) => sum + one.weight, 0);
        expect(pack).toMatchObject({ weight, partitions: inside.length });
        expect(pack.partitions).toBeLessThanOrEqual(limit.maxPartitions);
        expect(weight <= limit.maxWeight || inside.length === 1).toBe(true);
        if (inside.some((one) => one.weight >= limit.maxWeight)) expect(inside).toHaveLength(1);
      }
    }),
  );
});

test('no two neighbours could have been one', () => {
  fc.assert(
    fc.property(partitions, limits, (given, limit) => {
      const packs = packPartitions(given, limit);
      for (const [at, pack] of packs.entries()) {
        const next = given.find(({ no }) => no === packs[at + 1]?.from);
        if (next === undefined) continue;
        const fits =
          pack.partitions < limit.maxPartitions &&
          pack.weight + next.weight <= limit.maxWeight &&
          next.weight < limit.maxWeight;
        expect(fits).toBe(false);
      }
    }),
  );
});

test('nothing to do makes no pack', () => {
  expect(packPartitions([], { maxWeight: 1, maxPartitions: 1 })).toEqual([]);
});

test('a small run is cut into packs for every place in the window, a large one into packs of bounded weight', () => {
  expect(packLimits(0, 3).maxWeight).toBe(5000);
  expect(packLimits(120_000, 3).maxWeight).toBe(20_000);
  expect(packLimits(10_000_000, 3).maxWeight).toBe(50_000);
});

test('partitions of two task queues are never in one pack, and a pack names its queue', () => {
  const given = [
    { no: 1, weight: 1 },
    { no: 2, weight: 1, taskQueue: 'near' },
    { no: 3, weight: 1, taskQueue: 'near' },
    { no: 4, weight: 1, taskQueue: 'far' },
    { no: 5, weight: 1 },
  ];
  expect(packPartitions(given, { maxWeight: 100, maxPartitions: 100 })).toEqual([
    { from: 1, to: 1, partitions: 1, weight: 1 },
    { from: 2, to: 3, partitions: 2, weight: 2, taskQueue: 'near' },
    { from: 4, to: 4, partitions: 1, weight: 1, taskQueue: 'far' },
    { from: 5, to: 5, partitions: 1, weight: 1 },
  ]);
});
