import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  holdsLease,
  listLeases,
  readLease,
  releaseLease,
  releaseLeasesOf,
  takeLease,
} from '../../src/state/locks/leases.ts';
import { endRun } from '../../src/state/runs/runs.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeOnDatabase, describeOnDatabases } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { begunRun, identity } from './runs-of.ts';

describeOnDatabases('leases', (database) => {
  const fresh = () => `job-${randomUUID()}`;
  const holds = (name: string, runId: string, generation: number) =>
    database.db.transaction().execute((tx) => holdsLease(tx, name, runId, generation));

  test('a free lease is taken, and names its holder and when', async () => {
    const [name, run] = [fresh(), identity()];
    expect(await readLease(database.db, name)).toBeNull();
    const lease = await takeLease(database.db, name, run);
    expect(lease).toMatchObject({ name, generation: 1, holder: run, acquiredAt: expect.any(Date) });
    expect(await readLease(database.db, name)).toEqual(lease);
    expect(await listLeases(database.db)).toContainEqual(lease);
  });

  test('taken again by the same run, as after a retry, it is the same lease', async () => {
    const [name, run] = [fresh(), identity()];
    const lease = await takeLease(database.db, name, run);
    expect(await takeLease(database.db, name, run)).toEqual(lease);
  });

  test('held by another run it stays theirs, and the answer names them', async () => {
    const [name, first, second] = [fresh(), identity('first'), identity('second')];
    const lease = await takeLease(database.db, name, first);
    expect(await takeLease(database.db, name, second)).toEqual(lease);
    expect(await holds(name, second.runId, 1)).toBe(false);
  });

  test('only the holder’s own lease is released', async () => {
    const [name, first, second] = [fresh(), identity('first'), identity('second')];
    await takeLease(database.db, name, first);
    expect(await releaseLease(database.db, name, second.runId)).toBe(false);
    expect(await holds(name, first.runId, 1)).toBe(true);
    expect(await releaseLease(database.db, name, first.runId)).toBe(true);
    expect(await releaseLease(database.db, name, first.runId)).toBe(false);
    expect(await readLease(database.db, name)).toMatchObject({ generation: 1, holder: null, acquiredAt: null });
  });

  test('the generation rises with every acquisition, so that no older one counts, not even the holder’s own', async () => {
    const [name, first, second] = [fresh(), identity('first'), identity('second')];
    const generations = [];
    for (const run of [first, second, first]) {
      generations.push((await takeLease(database.db, name, run)).generation);
      await releaseLease(database.db, name, run.runId);
    }
    expect(generations).toEqual([1, 2, 3]);
    await takeLease(database.db, name, first);
    expect(await holds(name, first.runId, 1)).toBe(false);
    expect(await holds(name, first.runId, 4)).toBe(true);
  });

  test('a run that has ended takes none, as a worker does that was frozen while the run began', async () => {
    const name = fresh();
    const { run_id: runId, workflow_id: workflowId, namespace } = await begunRun(database.db);
    const run = { runId, workflowId, namespace };
    expect(await takeLease(database.db, name, run)).toMatchObject({ holder: run });
    await endRun(database.db, runId, { status: 'success' });
    await releaseLease(database.db, name, runId);
    expect(await takeLease(database.db, name, run)).toMatchObject({ generation: 1, holder: null });
    expect(await holds(name, runId, 1)).toBe(false);
  });

  test('leases of different jobs have nothing to do with each other', async () => {
    const [one, other, run] = [fresh(), fresh(), identity()];
    await takeLease(database.db, one, run);
    expect((await takeLease(database.db, other, identity('other'))).generation).toBe(1);
    await releaseLease(database.db, other, run.runId);
    expect(await holds(one, run.runId, 1)).toBe(true);
  });

  test('every lease of a run that has ended is taken from it, and no other run’s', async () => {
    const [one, two, third, ended, other] = [fresh(), fresh(), fresh(), identity('ended'), identity('other')];
    for (const name of [one, two]) await takeLease(database.db, name, ended);
    await takeLease(database.db, third, other);
    await releaseLeasesOf(database.db, ended.runId);
    const holders = await Promise.all([one, two, third].map((name) => readLease(database.db, name)));
    expect(holders.map((lease) => lease?.holder)).toEqual([null, null, other]);
  });

  test.each([
    ['new', false],
    ['released', true],
  ])('of many that take a %s one at once exactly one has it, and all others learn who', async (_name, before) => {
    const name = fresh();
    const pools = [1, 2, 3, 4].map(() => database.pool());
    if (before) {
      const earlier = identity('earlier');
      await takeLease(database.db, name, earlier);
      await releaseLease(database.db, name, earlier.runId);
    }
    const runs = Array.from({ length: 12 }, (_, at) => identity(`taker ${at}`));
    const leases = await Promise.all(runs.map((run, at) => takeLease(pools[at % 4] ?? database.db, name, run)));
    const winners = runs.filter((run, at) => leases[at]?.holder?.runId === run.runId);
    expect(winners).toHaveLength(1);
    expect(new Set(leases.map((lease) => `${lease.generation} ${lease.holder?.runId}`)).size).toBe(1);
  });
});

describeOnDatabase('native', 'a lease that is being taken over', (database) => {
  test('waits for the batch that is being committed under it', async () => {
    const [name, first, second] = [`job-${randomUUID()}`, identity('first'), identity('second')];
    await takeLease(database.db, name, first);
    let committed = false;
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const { promise: verified, resolve: isVerified } = Promise.withResolvers<void>();
    const batch = database.db.transaction().execute(async (tx) => {
      expect(await holdsLease(tx, name, first.runId, 1)).toBe(true);
      isVerified();
      await finish;
      committed = true;
    });
    await verified;
    const taken = database
      .pool()
      .transaction()
      .execute((tx) => releaseLeasesOf(tx, first.runId))
      .then(() => ({ committed }));
    const watcher = database.pool();
    try {
      await until('the take-over waits', async () => (await lockWaiters(watcher)) === 1, 10_000);
    } finally {
      resolve();
    }
    await batch;
    expect(await taken).toEqual({ committed: true });
    expect(await takeLease(database.db, name, second)).toMatchObject({ generation: 2, holder: second });
  });
});
