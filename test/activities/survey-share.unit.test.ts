import { expect, test } from 'vitest';
import type { Collections, ObservedCollection } from '../../src/activities/sweep/open-collections.ts';
import { takeSurvey } from '../../src/activities/sweep/survey.ts';
import type { Tx } from '../../src/database/schema.ts';
import { catalogue } from '../../src/jobs/index.ts';
import type { PartitionCount } from '../../src/stores/ports/row-survey.ts';

const limits = { max_share: 0.1, max_partition_share: 0.5, max_weekly_share: 1, floor_rows: 100 };

async function survey(count: { rows: number; due: number; tableRows?: number }) {
  const job = catalogue.find(({ id }) => id === 'deduplicate-facts');
  if (job === undefined) throw new Error('the job exists');
  const partition: PartitionCount = {
    ...{ partition: 'a', reasons: {}, onHold: 0, unreadable: 0, oldest: null, digest: '1' },
    ...count,
  };
  const source = {
    count: async function* () {
      yield [partition];
    },
    samples: async () => new Map(),
  };
  const observed = { collection: 'graph', open: { fingerprint: 'f' }, source } as unknown as ObservedCollection;
  const attempts = {
    attemptIn: (_tx: Tx, _name: string, work: () => Promise<unknown>) => work(),
    requireOne: () => {},
  } as unknown as Collections;
  const terms = { cutoff: new Date(0), parameters: {}, respectHolds: true };
  const request = { collections: [observed], terms, brake: limits, job, recentlyRemoved: new Map() };
  return (await takeSurvey({} as Tx, request, attempts)).survey;
}

test.each([
  [{ rows: 176, due: 217 }, 217],
  [{ rows: 176, due: 217, tableRows: 200 }, 217],
  [{ rows: 176, due: 50, tableRows: 400 }, 400],
])('a share never exceeds its base, whatever was written between count and search: %o', async (count, base) => {
  const { share, rows, due, collections, partitions } = await survey(count);
  expect(collections?.[0]?.share_rows).toBe(base);
  expect(share).toBe(count.due / base);
  expect(due).toBeLessThanOrEqual(rows);
  expect(partitions[0]?.rows).toBe(rows);
});

test('the sentence of the brake names no more rows than it says there are', async () => {
  expect((await survey({ rows: 176, due: 217 })).would_hold[0]).toContain('217 of 217 rows (100 %)');
});
