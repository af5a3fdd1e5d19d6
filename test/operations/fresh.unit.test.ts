import { expect, it } from 'vitest';
import { Fresh } from '../../src/operations/monitoring/fresh.ts';

it('one look-up answers all concurrent requests', async () => {
  const looks: PromiseWithResolvers<number>[] = [];
  const fresh = new Fresh(60_000, () => {
    const look = Promise.withResolvers<number>();
    looks.push(look);
    return look.promise;
  });
  const answers = [fresh.get(), fresh.get()];
  looks[0]?.resolve(1);
  expect(await Promise.all(answers)).toEqual([1, 1]);
  expect(await fresh.get()).toBe(1);
  expect(looks).toHaveLength(1);
  fresh.forget();
  const next = fresh.get();
  looks[1]?.resolve(2);
  expect(await next).toBe(2);
  expect(looks).toHaveLength(2);
});

it('an answer that failed, or that is forgotten while it is on its way, is not kept', async () => {
  let at = 0;
  const slow = Promise.withResolvers<string>();
  const fresh = new Fresh(60_000, async () => {
    at += 1;
    if (at === 1) throw new Error('no');
    return at === 2 ? slow.promise : `look ${at}`;
  });
  await expect(fresh.get()).rejects.toThrow('no');
  const second = fresh.get();
  fresh.forget();
  expect(await fresh.get()).toBe('look 3');
  slow.resolve('look 2');
  expect(await second).toBe('look 2');
  expect(await fresh.get()).toBe('look 3');
});
