import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '../../src/database/schema.ts';
import type { RunJson } from '../../src/domain/run.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { getRun, toRunJson } from '../../src/state/runs/runs.ts';
import { taskQueueOf } from '../../src/temporal/names.ts';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const documents: SeedDocument[] = Array.from({ length: 1200 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 6}`,
  expired: at % 2 === 0,
}));

describeEndToEnd('starts of one job', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation({
      ...servers,
      settings: { jobs: { 'ttl-cleanup': { brake: open, parameters: { batch_size: 2 } } } },
    });
    await seed(installation.parts, documents);
  });
  afterAll(() => installation.close());

  async function allRuns(): Promise<RunJson[]> {
    return (await installation.cli('runs', '--json')).json;
  }

  it('by CLI, schedule, plain temporal client and backfill at once: one runs, the others end skipped and name it', async () => {
    const { client, id, schedulePrefix } = installation;
    await installation.cli('schedules', 'apply', '--json');
    const schedule = client.schedule.getHandle(`${schedulePrefix}ttl-cleanup`);
    // The server drops one of two patches of a schedule that come at once, so these come one after the other; nothing
    // runs before the worker does.
    const byCli = await installation.cli('run', 'ttl-cleanup', '--json');
    await schedule.trigger('ALLOW_ALL');
    await schedule.backfill({ start: new Date(Date.now() - 25 * 3_600_000), end: new Date(), overlap: 'ALLOW_ALL' });
    await client.workflow.start('ttlCleanup', { taskQueue: taskQueueOf(id), workflowId: `by-hand-${id}` });
    await until('Temporal has all four', async () => {
      const { count } = await client.workflow.count(`TaskQueue = '${taskQueueOf(id)}'`);
      return count >= 4;
    });
    expect(byCli).toMatchObject({ code: 0, json: { status: 'running' } });
    const worker = await installation.worker();
    const runs = await until(
      'all four have ended',
      async () => {
        const found = await allRuns();
        return found.length >= 4 && found.every((run) => run.finished_at !== null) && found;
      },
      100_000,
    );
    const winners = runs.filter((run) => run.status === 'success');
    expect(winners).toHaveLength(1);
    expect(winners[0]?.totals.deleted_documents).toBe(600);
    const others = runs.filter((run) => run.status !== 'success');
    expect(others.map((run) => [run.status, run.holder?.run_id])).toEqual(
      others.map(() => ['skipped', winners[0]?.run_id]),
    );
    expect((await contentsOf(installation.parts)).documents).toHaveLength(600);
    await worker.stop();
  });

  describe('with a worker', () => {
    beforeAll(async () => {
      await installation.worker();
    });

    it('a start that Temporal itself skips is shown on the schedule', async () => {
      const { client, schedulePrefix, context } = installation;
      const schedule = client.schedule.getHandle(`${schedulePrefix}ttl-cleanup`);
      await seed(
        installation.parts,
        Array.from({ length: 900 }, (_, at) => ({ id: `more${at}`, workspace: 'w0', expired: true })),
      );
      await schedule.trigger('SKIP');
      await until('the first runs', async () => (await allRuns()).some((run) => run.status === 'running'));
      await schedule.trigger('SKIP');
      await until('the second was skipped', async () => (await schedule.describe()).info.numActionsSkippedOverlap > 0);
      const listed = await installation.cli('schedules', 'list', '--json');
      const ofJob = listed.json.find((one: { job: string }) => one.job === 'ttl-cleanup');
      expect(ofJob).toMatchObject({ schedule_id: `${schedulePrefix}ttl-cleanup`, paused: false, skipped: 1 });
      for (const run of await allRuns()) await waitForRun(context, run.run_id);
    });

    it('a run that was terminated with the lease does not block the next one, and its record is closed', async () => {
      const { client, context, parts } = installation;
      await seed(
        parts,
        Array.from({ length: 1500 }, (_, at) => ({ id: `again${at}`, workspace: 'w1', expired: true })),
      );
      const first = await runJob(context, 'ttl-cleanup', {}, { preview: false });
      await working(parts.db, first);
      await client.workflow.getHandle(first.workflow_id).terminate('test');
      const second = await runJob(context, 'ttl-cleanup', {}, { preview: false });
      const ended = await waitForRun(context, second.run_id);
      expect(ended.status).toBe('success');
      const { json: terminated } = await installation.cli('runs', 'show', first.run_id, '--json');
      expect(terminated.status).toBe('cancelled');
      // Between them they removed each document once, though the first one's activity went on for a moment.
      expect(terminated.totals.deleted_documents + (ended.totals.deleted_documents ?? 0)).toBe(1500);
      expect((await contentsOf(parts)).strays).toEqual([]);
    });

    it('cancel ends a run after the batch at hand, what it did can be undone', async () => {
      const { client, context, parts } = installation;
      await seed(
        parts,
        Array.from({ length: 1500 }, (_, at) => ({ id: `last${at}`, workspace: 'w2', expired: true })),
      );
      const before = await contentsOf(parts);
      const hand = await holdRow(parts.db, 'last500');
      const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
      await working(parts.db, run);
      await until('the batch waits', async () => (await lockWaiters(parts.db)) === 1);
      expect((await installation.cli('cancel', run.run_id, '--json')).code).toBe(0);
      let asked: number | null = null;
      await until('the activity has heard of it, by the answer to a heartbeat', async () => {
        const { raw } = await client.workflow.getHandle(run.workflow_id).describe();
        const [activity] = raw.pendingActivities ?? [];
        const heartbeat = Number(activity?.lastHeartbeatTime?.seconds ?? 0);
        if (activity?.state === cancelRequested) asked ??= heartbeat;
        return asked !== null && heartbeat > asked + 1;
      });
      await hand.rollback().execute();
      const cancelled = await waitForRun(context, run.run_id);
      expect(cancelled.status).toBe('cancelled');
      expect(cancelled.totals.deleted_documents).toBeLessThan(1500);
      const undo = await installation.cli('undo', run.run_id, '--wait', '--json');
      expect(undo.json.totals.restored_documents).toBe(cancelled.totals.deleted_documents);
      expect(await contentsOf(parts)).toEqual(before);
    });

    it('SIGTERM lets the worker hand back in good order; another one finishes', async () => {
      const { context, parts } = installation;
      await installation.cli('holds', 'lift', '--collection', 'documents', '--json');
      const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
      const worker = await installation.worker();
      expect(await worker.stop()).toBe(0);
      const ended = await waitForRun(context, run.run_id);
      expect(ended).toMatchObject({ status: 'success', dead_letters: 0 });
      expect((await contentsOf(parts)).documents.filter((id) => id.startsWith('last'))).toEqual([]);
    });

    it('lease break needs force while the holder lives; its next batch then does not commit', async () => {
      const { context, parts } = installation;
      await seed(
        parts,
        Array.from({ length: 1500 }, (_, at) => ({ id: `broken${at}`, workspace: 'w3', expired: true })),
      );
      const hand = await holdRow(parts.db, 'broken500');
      const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
      await working(parts.db, run);
      await until('the batch waits', async () => (await lockWaiters(parts.db)) === 1);
      const refused = await installation.cli('lease', 'break', 'ttl-cleanup', '--json');
      expect(refused).toMatchObject({ code: 1, json: { error: { name: 'LeaseHeldError' } } });
      // The batch at hand holds the lease's row and still commits; the break waits for it.
      const broken = installation.cli('lease', 'break', 'ttl-cleanup', '--force', '--json');
      await until('batch and break wait', async () => (await lockWaiters(parts.db)) >= 2);
      await hand.rollback().execute();
      expect((await broken).code).toBe(0);
      const ended = await waitForRun(context, run.run_id);
      expect(ended).toMatchObject({ status: 'failed', error: { name: 'LeaseLostError' } });
      const left = (await contentsOf(parts)).documents.filter((id) => id.startsWith('broken')).length;
      expect(left).toBe(1500 - (ended.totals.deleted_documents ?? 0));
    });
  });
});

const cancelRequested = 3; // temporal.api.enums.v1.PendingActivityState

/** An application's own transaction that keeps one row locked: the batch that comes to it waits. */
async function holdRow(db: Db, id: string) {
  const transaction = await db.startTransaction().execute();
  await sql`select from knowledge.documents where id = ${id} for update`.execute(transaction);
  return transaction;
}

async function working(db: Db, run: RunJson): Promise<void> {
  await until('the run has removed something', async () => {
    const { totals } = await toRunJson(db, await getRun(db, run.run_id));
    return (totals.deleted_documents ?? 0) > 0;
  });
}
