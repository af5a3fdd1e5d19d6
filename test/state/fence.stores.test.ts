import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { createGuard } from '../../src/activities/sweep/fence.ts';
import type { Guard } from '../../src/activities/sweep/sweepable.ts';
import type { Tx } from '../../src/database/schema.ts';
import type { RunIdentity } from '../../src/domain/run-identity.ts';
import { checkFences, pausePartitions } from '../../src/state/locks/fence.ts';
import { releaseLease, takeLease } from '../../src/state/locks/leases.ts';
import {
  type PartitionName,
  releasePartition,
  releasePartitionsOf,
  takePartition,
} from '../../src/state/locks/partition-locks.ts';
import { beginPartitions, openPartitions } from '../../src/state/runs/run-partitions.ts';
import type { Run } from '../../src/state/runs/runs.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeOnDatabase, describeOnDatabases, type SuiteDatabase } from '../support/stores.ts';
import { until } from '../support/until.ts';
import { begunRun, identity } from './runs-of.ts';

const fresh = (): PartitionName => ({ collection: 'documents', partition: `a ${randomUUID()}` });
const inTransaction = <T>(database: SuiteDatabase, work: (tx: Tx) => Promise<T>) =>
  database.db.transaction().execute(work);
const take = (database: SuiteDatabase, name: PartitionName, run: RunIdentity, over: RunIdentity | null = null) =>
  inTransaction(database, (tx) => takePartition(tx, name, run, over));

describeOnDatabases('the lock of a partition', (database) => {
  const holds = (name: PartitionName, runId: string, epoch: number) =>
    inTransaction(database, (tx) => stillHolds(tx, name, runId, epoch));

  test('its epoch rises with every taking, also by the same run, and only the newest holds', async () => {
    const [name, run] = [fresh(), identity()];
    expect(await take(database, name, run)).toEqual({ taken: true, epoch: 1 });
    expect(await take(database, name, run)).toEqual({ taken: true, epoch: 2 });
    expect([await holds(name, run.runId, 1), await holds(name, run.runId, 2)]).toEqual([false, true]);
  });

  test('held by another run it is theirs, unless they are named as closed', async () => {
    const [name, first, second, third] = [fresh(), identity('first'), identity('second'), identity('third')];
    await take(database, name, first);
    expect(await take(database, name, second)).toEqual({ taken: false, holder: first });
    expect(await take(database, name, second, third)).toEqual({ taken: false, holder: first });
    expect(await take(database, name, second, first)).toEqual({ taken: true, epoch: 2 });
    expect(await holds(name, first.runId, 1)).toBe(false);
  });

  test('released it is free, and older epochs stay fenced off', async () => {
    const [name, first, second] = [fresh(), identity('first'), identity('second')];
    await take(database, name, first);
    await inTransaction(database, (tx) => releasePartition(tx, name, first.runId, 1));
    expect(await holds(name, first.runId, 1)).toBe(false);
    expect(await take(database, name, second)).toEqual({ taken: true, epoch: 2 });
    await inTransaction(database, (tx) => releasePartition(tx, name, first.runId, 1));
    expect(await holds(name, second.runId, 2)).toBe(true);
  });

  test('a run that has ended lets go of all it held, and of nothing else', async () => {
    const [one, two, third, ended, other] = [fresh(), fresh(), fresh(), identity('ended'), identity('other')];
    for (const name of [one, two]) await take(database, name, ended);
    await take(database, third, other);
    await inTransaction(database, (tx) => releasePartitionsOf(tx, ended.runId));
    expect(await take(database, one, other)).toMatchObject({ taken: true });
    expect(await take(database, third, ended)).toMatchObject({ taken: false });
  });

  test('of many runs that take it at once exactly one has it', async () => {
    const [name, earlier] = [fresh(), identity('earlier')];
    await take(database, name, earlier);
    await inTransaction(database, (tx) => releasePartition(tx, name, earlier.runId, 1));
    const pools = [1, 2, 3].map(() => database.pool());
    const takers = Array.from({ length: 9 }, (_, at) => identity(`taker ${at}`));
    const attempts = await Promise.all(
      takers.map((run, at) =>
        (pools[at % 3] ?? database.db).transaction().execute((tx) => takePartition(tx, name, run, null)),
      ),
    );
    expect(attempts.filter((attempt) => attempt.taken)).toEqual([{ taken: true, epoch: 2 }]);
  });

  test('names longer than an index entry, or full of anything, are names like others', async () => {
    const run = identity();
    const names = ['x'.repeat(20_000), `${'x'.repeat(19_999)}y`, "'; drop", 'new\nline', '文档', ''];
    for (const partition of names) {
      expect(await take(database, { collection: run.runId, partition }, run)).toEqual({ taken: true, epoch: 1 });
    }
  });
});

describeOnDatabases('the fence of a batch', (database) => {
  beforeAll(() => sql`create table written (who text)`.execute(database.db));

  /** An activity at work: lease, lock and guard. */
  async function atWork(name = fresh(), given?: { run: Run; lease: string }) {
    const run = given?.run ?? (await begunRun(database.db));
    const who: RunIdentity = { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace };
    const lease = given?.lease ?? `job-${randomUUID()}`;
    const { generation } = await takeLease(database.db, lease, who);
    const lock = await take(database, name, who);
    if (!lock.taken) throw new Error('busy');
    const commits: number[] = [];
    const guard = createGuard({
      db: database.db,
      run: who,
      lease: { name: lease, generation },
      partition: name,
      epoch: lock.epoch,
      record: { runNo: run.no, no: 1 },
      checkpoint: { after: null, totals: {}, removed: 0, recorded: 0, refused: [], findings: [] },
      onCommit: () => commits.push(1),
    });
    return { run, who, lease, name, guard, commits };
  }

  const write = (guard: Guard, who: string, after = who) =>
    guard.commit(async (tx) => {
      await sql`insert into written values (${who})`.execute(tx);
      return { after, removed: 1, totals: { deleted_documents: 1 } };
    });
  const written = async (who: string) => {
    const { rows } = await sql`select from written where who = ${who}`.execute(database.db);
    return rows.length;
  };
  const checkpointOf = async (run: Run) => (await openPartitions(database.db, run.no, 1, 1))[0];

  test('step and checkpoint commit together, and the checkpoint adds up', async () => {
    const { run, guard, commits } = await atWork();
    await write(guard, 'first', '10');
    await guard.commit(async () => ({ removed: -3, totals: { deleted_documents: 2, refused: 1 }, refused: ['x'] }));
    expect(guard.after).toBe('10');
    expect(await checkpointOf(run)).toMatchObject({
      ...{ after: '10', progress: 2, removed: -2, refused: ['x'] },
      totals: { deleted_documents: 3, refused: 1 },
    });
    expect(commits).toHaveLength(2);
  });

  test('a step that fails leaves nothing, and the checkpoint stays where it was', async () => {
    const { run, guard, commits } = await atWork();
    const failing = guard.commit(async (tx) => {
      await sql`insert into written values ('failing')`.execute(tx);
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    expect([await written('failing'), guard.after, commits.length]).toEqual([0, null, 0]);
    expect(await checkpointOf(run)).toMatchObject({ after: null, progress: 0 });
  });

  test('a successor on the partition fences off the first: its commit is refused and leaves nothing', async () => {
    const first = await atWork();
    const second = await atWork(first.name, first);
    await expect(write(first.guard, 'leftover')).rejects.toMatchObject({ name: 'FenceLostError' });
    await expect(first.guard.check()).rejects.toMatchObject({ name: 'FenceLostError' });
    expect([await written('leftover'), first.commits.length]).toEqual([0, 0]);
    expect(await checkpointOf(first.run)).toMatchObject({ after: null, progress: 0, totals: {} });
    await write(second.guard, 'successor');
    expect(await written('successor')).toBe(1);
  });

  test('a lock that was let go of fences off whoever had it', async () => {
    const { who, guard } = await atWork();
    await inTransaction(database, (tx) => releasePartitionsOf(tx, who.runId));
    await expect(write(guard, 'let go')).rejects.toMatchObject({ name: 'FenceLostError' });
    expect(await written('let go')).toBe(0);
  });

  test('a lease that was taken over, released or broken ends the writing', async () => {
    for (const next of [identity('next'), null]) {
      const { who, lease, guard, run } = await atWork();
      await releaseLease(database.db, lease, who.runId);
      if (next !== null) await takeLease(database.db, lease, next);
      await expect(write(guard, 'without lease')).rejects.toMatchObject({ name: 'LeaseLostError' });
      await expect(guard.check()).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(await written('without lease')).toBe(0);
      expect(await checkpointOf(run)).toMatchObject({ progress: 0 });
    }
  });

  test('a lease that the same run took again is another generation, and the old one is lost', async () => {
    const { who, lease, guard } = await atWork();
    await releaseLease(database.db, lease, who.runId);
    await takeLease(database.db, lease, who);
    await expect(write(guard, 'old generation')).rejects.toMatchObject({ name: 'LeaseLostError' });
  });

  test('a paused partition may be begun again, unless a successor has begun it since', async () => {
    const [name, run] = [fresh(), await begunRun(database.db)];
    const at = { runNo: run.no, runId: run.run_id };
    const who: RunIdentity = { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace };
    const begin = async () => {
      const lock = await take(database, name, who);
      await inTransaction(database, (tx) => beginPartitions(tx, run.no, [1]));
      return { ...name, no: 1, epoch: lock.taken ? lock.epoch : 0 };
    };
    const [first, second] = [await begin(), await begin()];
    await pausePartitions(database.db, at, [first]);
    expect(await checkpointOf(run)).toMatchObject({ state: 'working', crashes: 1 });
    await pausePartitions(database.db, at, [second]);
    expect(await checkpointOf(run)).toMatchObject({ state: 'waiting', crashes: 1 });
  });

  test('a checkpoint names at most a hundred refused ids', async () => {
    const { run, guard } = await atWork();
    const ids = Array.from({ length: 70 }, (_, at) => `${at}`);
    for (const _turn of [1, 2]) await guard.commit(async () => ({ refused: ids }));
    expect((await checkpointOf(run))?.refused).toHaveLength(100);
  });
});

describeOnDatabase('native', 'a successor', (database) => {
  test('waits for the batch that is being committed, and starts from its checkpoint', async () => {
    const [name, run] = [fresh(), identity()];
    await take(database, name, run);
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    const { promise: verified, resolve: isVerified } = Promise.withResolvers<void>();
    const order: string[] = [];
    const batch = inTransaction(database, async (tx) => {
      expect(await stillHolds(tx, name, run.runId, 1)).toBe(true);
      isVerified();
      await finish;
      order.push('committed');
    });
    await verified;
    const successor = take(database, name, run).then(() => order.push('taken over'));
    const watcher = database.pool();
    try {
      await until('the successor waits', async () => (await lockWaiters(watcher)) === 1, 10_000);
    } finally {
      resolve();
    }
    await Promise.all([batch, successor]);
    expect(order).toEqual(['committed', 'taken over']);
  });
});

async function stillHolds(tx: Tx, partition: PartitionName, runId: string, epoch: number): Promise<boolean> {
  return (await checkFences(tx, { name: 'none', generation: 0 }, runId, [{ ...partition, no: 0, epoch }])).partitions;
}
