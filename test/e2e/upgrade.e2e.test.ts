import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOf } from '../../src/operations/context.ts';
import { approveRun } from '../../src/operations/runs/approve.ts';
import { undoRun } from '../../src/operations/runs/undo.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { applySchedules } from '../../src/schedules.ts';
import { taskQueueOf } from '../../src/temporal/names.ts';
import { openRunOfFirstRelease, restoreFirstRelease } from '../support/first-release.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

describeEndToEnd('an upgrade from the first release with an open run', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;
  const open = openRunOfFirstRelease();
  const openRunId: string = open.input.continued.run.runId;

  beforeAll(async () => {
    installation = await createInstallation({ ...servers, application: restoreFirstRelease });
    const { client, id, parts, schedulePrefix: prefix } = installation;
    // The only job of that release.
    const jobs = parts.config.jobs.filter(({ job }) => job.id === 'ttl-cleanup');
    await applySchedules(client, { installation: id, jobs, collections: parts.config.collections, prefix }, 'apply');
    await client.workflow.start('ttlCleanup', {
      ...{ taskQueue: taskQueueOf(id), workflowId: open.workflow_id, args: [open.input] },
    });
    worker = await installation.worker();
  });
  afterAll(() => installation?.close());

  async function runBefore(status: string): Promise<string> {
    const { rows } = await sql<{ run_id: string }>`select run_id from coppice.runs
      where status = ${status} and run_id <> ${openRunId} order by no limit 1`.execute(installation.parts.db);
    return rows[0]?.run_id ?? '';
  }

  async function idsLike(pattern: string): Promise<number> {
    const { rows } = await sql`select from knowledge.documents d where id like ${pattern}
      and (select count(*) from knowledge.chunks where document_id = d.id) = 2`.execute(installation.parts.db);
    return rows.length;
  }

  async function undone(runId: string): Promise<void> {
    const undo = await undoRun(installation.context, runId);
    expect(await waitForRun(installation.context, undo.run_id)).toMatchObject({ status: 'success', error: null });
  }

  it('keeps its id, finishes the open run and can undo it', async () => {
    expect(installation.id).toBe(open.input.installation);
    // Not `waitForRun`: Temporal knows the restored run's workflow by another run id.
    const run = await until('the open run ends', async () => {
      const one = await runOf(installation.context, openRunId);
      return one.finished_at === null ? null : one;
    });
    const { rows: given } = await sql`select error from coppice.dead_letters`.execute(installation.parts.db);
    expect({ ...run, given }).toMatchObject({ given: [], status: 'success', totals: { deleted_documents: 9 } });
    expect(await idsLike('open%')).toBe(0);
    await undone(openRunId);
    expect(await idsLike('open%')).toBe(9);
  });

  it('approves its held run', async () => {
    const { db } = installation.parts;
    await sql`update knowledge.documents set expires_at = now() - interval '2 days' where id like 'held%'`.execute(db);
    const approved = await approveRun(installation.context, await runBefore('held'));
    const run = await waitForRun(installation.context, approved.run_id);
    expect(run).toMatchObject({ status: 'success', error: null, totals: { deleted_documents: 60 } });
    expect(await idsLike('held%')).toBe(0);
  });

  it('undoes a run of the earlier release', async () => {
    const runId = await runBefore('success');
    await undone(runId);
    expect(await idsLike('removed%')).toBe(6);
    expect(await idsLike('kept%')).toBe(30);
  });

  it('reports the schedules that are new', () => {
    const line = worker.lines.find((one) => one.includes('schedules that it did not have before'));
    const { schedules } = JSON.parse(line ?? '{}');
    const ids = schedules.map((one: { schedule_id: string }) =>
      one.schedule_id.slice(installation.schedulePrefix.length),
    );
    expect(ids).toContain('document-refresh');
    expect(ids).not.toContain('ttl-cleanup');
  });
});
