import { expect, it } from 'vitest';
import { OneAtATime } from '../../src/activities/document-refresh/one-at-a-time.ts';

const never = new AbortController().signal;

it('one caller has the turn at a time, in the order of requests, and a failure ends its turn', async () => {
  const turns = new OneAtATime();
  let holders = 0;
  const order: number[] = [];
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, at) =>
      turns.turn(never, async () => {
        holders += 1;
        expect(holders).toBe(1);
        order.push(at);
        await new Promise(setImmediate);
        holders -= 1;
        if (at % 3 === 0) throw new Error('failed');
      }),
    ),
  );
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(4);
});

it('an abort takes effect at once, and no other caller starts before the one that has the turn is done', async () => {
  const turns = new OneAtATime();
  const first = Promise.withResolvers<void>();
  const said: string[] = [];
  const held = turns.turn(never, async () => {
    await first.promise;
    said.push('first');
  });
  const leaves = new AbortController();
  const left = turns.turn(leaves.signal, async () => said.push('left'));
  const last = turns.turn(never, async () => said.push('last'));
  leaves.abort(new Error('away'));
  await expect(left).rejects.toThrow('away');
  expect(said).toEqual([]);
  first.resolve();
  await Promise.all([held, last]);
  expect(said).toEqual(['first', 'last']);
});
