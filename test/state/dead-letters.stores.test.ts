import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { closePartitions } from '../../src/state/locks/fence.ts';
import {
  dropDeadLetter,
  findDeadLetters,
  listDeadLetters,
  type NewDeadLetter,
  putDeadLetter,
} from '../../src/state/runs/dead-letters.ts';
import { describeOnDatabases } from '../support/stores.ts';

describeOnDatabases('dead letters', (database) => {
  const letter = (job: string, over: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
    ...{ job, collection: 'documents', partition: 'a', runId: 'run 1', attempts: 4, parameters: { batch_size: 5 } },
    error: { name: 'StoreRefusedError', message: 'a trigger says no', hint: null },
    ...over,
  });
  const put = (one: NewDeadLetter) => database.db.transaction().execute((tx) => putDeadLetter(tx, one));
  const fresh = () => `job-${randomUUID()}`;
  const list = (job: string | null) => listDeadLetters(database.db, job);

  test('given up again, a partition keeps its letter: one id, attempts counted on, the latest run and error', async () => {
    const job = fresh();
    await put(letter(job));
    const [first] = await list(job);
    await put(
      letter(job, { runId: 'run 2', error: { name: 'TimeoutError', message: 'late', hint: 'wait' }, parameters: {} }),
    );
    const again = await list(job);
    expect(again).toEqual([
      {
        ...first,
        ...{ run_id: 'run 2', attempts: 8, parameters: {}, last_at: expect.any(Date) },
        error: { name: 'TimeoutError', message: 'late', hint: 'wait' },
      },
    ]);
    expect(again[0]?.last_at.getTime()).toBeGreaterThanOrEqual(first?.first_at.getTime() ?? Number.POSITIVE_INFINITY);
  });

  test('each job, collection and partition has a letter of its own', async () => {
    const [one, other] = [fresh(), fresh()];
    for (const job of [one, other]) await put(letter(job));
    await put(letter(one, { partition: 'b' }));
    await put(letter(one, { collection: 'memories' }));
    await put(letter(one, { collection: 'documents"', partition: ',"a' }));
    expect([(await list(one)).length, (await list(other)).length]).toEqual([4, 1]);
    expect((await list(null)).length).toBeGreaterThanOrEqual(5);
  });

  test('of many that give it up at once there is one letter with all attempts', async () => {
    const job = fresh();
    await Promise.all([1, 2, 3, 4, 5].map(() => put(letter(job, { attempts: 1 }))));
    expect(await list(job)).toMatchObject([{ attempts: 5 }]);
  });

  test('a partition that is finished after all loses its letter, and no other', async () => {
    const job = fresh();
    for (const partition of ['a', 'b']) await put(letter(job, { partition }));
    const resolve = (partition: string) =>
      database.db
        .transaction()
        .execute((tx) =>
          closePartitions(tx, { runNo: 0, runId: 'none', settles: job }, [
            { no: 0, collection: 'documents', partition, epoch: 0 },
          ]),
        );
    await resolve('a');
    await resolve('unknown');
    expect(await list(job)).toMatchObject([{ partition: 'b' }]);
  });

  test('dropping names one, and reports whether it existed', async () => {
    const job = fresh();
    for (const partition of ['a', 'b']) await put(letter(job, { partition }));
    const [first, second] = await list(job);
    expect(await dropDeadLetter(database.db, first?.id ?? '')).toBe(true);
    expect(await dropDeadLetter(database.db, first?.id ?? '')).toBe(false);
    expect(await list(job)).toEqual([second]);
  });

  test('finding none is none, never all', async () => {
    const job = fresh();
    await put(letter(job));
    const [one] = await list(job);
    expect(await findDeadLetters(database.db, [])).toEqual([]);
    expect(await findDeadLetters(database.db, [one?.id ?? '', 'unknown'])).toEqual([one]);
  });

  test('names longer than an index entry can be are names like others', async () => {
    const job = fresh();
    const long = 'x'.repeat(20_000);
    await put(letter(job, { partition: long }));
    await put(letter(job, { partition: `${long}y` }));
    expect((await list(job)).map((one) => one.partition.length).toSorted()).toEqual([20_000, 20_001]);
  });
});
