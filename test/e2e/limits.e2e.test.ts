import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TooManyRunsError } from '../../src/operations/runs/queue-place.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { fairnessKey } from '../../src/state/locks/key.ts';
import { type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

describeEndToEnd('runs that were asked for and have not begun', (servers) => {
  const limit = 3;
  let installation: Installation;
  const start = () => runJob(installation.context, 'ttl-cleanup', {}, { preview: false });

  beforeAll(async () => {
    installation = await createInstallation({
      ...servers,
      settings: { runs: { queue_size: limit }, jobs: { 'ttl-cleanup': { priority: 'low' } } },
    });
  });
  afterAll(() => installation.close());

  it('are limited, however many are opened at once; the others are refused by name', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 10 }, start));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(limit);
    for (const one of asked) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(TooManyRunsError);
    const refused = await installation.cli('run', 'upkeep', '--json');
    expect(refused).toMatchObject({ code: 6, json: { error: { name: 'TooManyRunsError' } } });
    expect(refused.json.error.hint).toContain('coppice health');
  });

  it('a start whose workflow has ended makes room before another is refused', async () => {
    const { client, parts } = installation;
    const [first] = await parts.db.selectFrom('coppice.runs').select('workflow_id').orderBy('no').execute();
    await client.workflow.getHandle(first?.workflow_id ?? '').terminate();
    expect(await start()).toMatchObject({ status: 'running' });
    await expect(start()).rejects.toBeInstanceOf(TooManyRunsError);
  });

  it('carry the priority of their job, and so do schedules', async () => {
    const { client, parts, cli, schedulePrefix } = installation;
    const run = await parts.db
      .selectFrom('coppice.runs')
      .select('workflow_id')
      .where('status', '=', 'pending')
      .executeTakeFirstOrThrow();
    const { priority } = await client.workflow.getHandle(run.workflow_id).describe();
    expect(priority).toMatchObject({ priorityKey: 5 });
    await cli('schedules', 'apply', '--json');
    for (const [job, priorityKey] of [
      ['ttl-cleanup', 5],
      ['health-check', 1],
    ]) {
      const { action } = await client.schedule.getHandle(`${schedulePrefix}${job}`).describe();
      expect(action).toMatchObject({ priority: { priorityKey } });
    }
  });

  it('begin once there is a worker, and then more are taken', async () => {
    await installation.worker();
    const again = await until('there is room', async () => start().catch(() => null));
    expect((await waitForRun(installation.context, again.run_id)).finished_at).not.toBeNull();
  });
});

/** Heavy enough to stand alone, each. */
const workspaces = ['a', 'b', 'c', 'd'];
const documents: SeedDocument[] = workspaces.flatMap((workspace) =>
  Array.from({ length: 5_000 }, (_, at) => ({ id: `${workspace}${at}`, workspace, expired: true })),
);

describeEndToEnd('partitions worked on at once', (servers) => {
  it.each([
    { limit: 2, by: 'the job', jobs: { concurrency: 2 }, worker: {} },
    { limit: 1, by: 'the worker', jobs: { concurrency: 3 }, worker: { max_concurrent_activities: 1 } },
  ])('are $limit at the most, and no fewer where there is work: $by', async ({ limit, jobs, worker }) => {
    const installation = await createInstallation({
      ...servers,
      settings: { worker, jobs: { 'ttl-cleanup': { brake: open, ...jobs } } },
    });
    const { parts, context } = installation;
    await seed(parts, documents);
    await installation.worker();
    // An application holds a row of each: whoever works on a partition waits there.
    const hand = await parts.db.startTransaction().execute();
    await sql`select from knowledge.documents where id like '%1' for update`.execute(hand);
    const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    await until('as many wait as may', async () => (await lockWaiters(parts.db)) === limit);
    let most = 0;
    const observed = until('the run ends', async () => {
      const { rows } = await sql<{ held: number; ended: boolean }>`
        select (select count(*)::int from coppice.partition_locks where run_id is not null) as held,
          (select finished_at is not null from coppice.runs where run_id = ${run.run_id}) as ended`.execute(parts.db);
      most = Math.max(most, rows[0]?.held ?? 0);
      if (most > 0 && !hand.isRolledBack) await hand.rollback().execute();
      return rows[0]?.ended;
    });
    await observed;
    expect(most).toBe(limit);
    expect(await waitForRun(context, run.run_id)).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 20_000 },
    });
    await installation.close();
  });
});

describeEndToEnd('a small tenant beside a large one', (servers) => {
  it('is served while the large one waits, and both have fairness keys without their names', async () => {
    const installation = await createInstallation({
      ...servers,
      settings: { jobs: { 'ttl-cleanup': { brake: open, concurrency: 2 } } },
    });
    const { parts, context, client, id } = installation;
    const small = ['first', 'second', 'third'].map((workspace) => ({ id: workspace, workspace, expired: true }));
    const large = documents.filter(({ workspace }) => workspace === 'a');
    await seed(parts, [...large, ...small]);
    await installation.worker();
    const hand = await parts.db.startTransaction().execute();
    await sql`select from knowledge.documents where id = 'a1' for update`.execute(hand);
    const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    await until('the small ones are done', async () => {
      const { rows } = await sql`select from knowledge.documents where workspace <> 'a'`.execute(parts.db);
      return rows.length === 0;
    });
    const left = await sql`select from knowledge.documents where workspace = 'a'`.execute(parts.db);
    expect(left.rows.length).toBeGreaterThan(0);
    await hand.rollback().execute();
    expect(await waitForRun(context, run.run_id)).toMatchObject({ totals: { deleted_documents: 5_003 } });

    const { events } = await client.workflow.getHandle(run.workflow_id).fetchHistory();
    const keys = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'drain' ? [scheduled.priority] : [],
    );
    expect(keys).toContainEqual(expect.objectContaining({ fairnessKey: fairnessKey(id, 'a'), fairnessWeight: 1 }));
    expect(keys).toContainEqual(expect.objectContaining({ fairnessKey: 'ttl-cleanup', fairnessWeight: 3 }));
    expect(fairnessKey(id, 'a')).toMatch(/^[0-9a-f]{32}$/);
    expect(fairnessKey(id, 'a')).not.toBe(fairnessKey('another', 'a'));
    await installation.close();
  });
});
