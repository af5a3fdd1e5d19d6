import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

describeEndToEnd('a task queue of certain collections', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation({
      ...servers,
      settings: { worker: { task_queues: { near: ['documents'] } }, jobs: { 'ttl-cleanup': { brake } } },
    });
    await seed(installation.parts, [
      { id: 'first', workspace: 'a', expired: true },
      { id: 'second', workspace: 'b', expired: true },
    ]);
  });
  afterAll(() => installation?.close());

  const check = async () => {
    const { checks } = (await installation.cli('health', '--json')).json;
    return checks.find(({ name }: { name: string }) => name === 'task queue near');
  };
  const queuesOf = async (workflowId: string) => {
    const { events } = await installation.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
      activity?.activityType?.name === 'drain' ? [activity.taskQueue?.name] : [],
    );
  };

  it('a queue that the configuration does not have is refused by name', async () => {
    const refused = await installation.cli('worker', '--serve', 'far', '--json');
    expect(refused).toMatchObject({ code: 2, json: { error: { name: 'UnknownQueueError' } } });
    expect(refused.json.error.hint).toContain('main, near');
  });

  it('without a worker of it the run waits and says for what; a worker of it carries the work out', async () => {
    const { context, id } = installation;
    await installation.worker('--serve', 'main');
    expect(await check()).toMatchObject({ ok: false, message: expect.stringContaining('coppice worker --serve near') });
    const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    const waiting = await until('the run waits', async () => {
      const { json } = await installation.cli('runs', 'show', run.run_id, '--json');
      return json.waiting_for?.includes('task queue near') === true ? json : null;
    });
    expect(waiting).toMatchObject({ status: 'running', totals: { deleted_documents: 0 } });
    await installation.worker('--serve', 'near');
    expect(await waitForRun(context, run.run_id)).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 2 },
    });
    expect(await queuesOf(run.workflow_id)).toEqual([`coppice-${id}-queue-near`]);
    expect(await check()).toMatchObject({ ok: true });
  });

  it('an undo takes the same way', async () => {
    const [removed] = (await installation.cli('runs', '--job', 'ttl-cleanup', '--json')).json;
    const undone = await installation.cli('undo', removed.run_id, '--wait', '--json');
    expect(undone).toMatchObject({ code: 0, json: { status: 'success', totals: { restored_documents: 2 } } });
    expect(await queuesOf(undone.json.workflow_id)).toEqual([`coppice-${installation.id}-queue-near`]);
  });
});

describeEndToEnd('a task queue of certain collections, with a Worker Deployment', (servers) => {
  it.each(['pinned', 'auto_upgrade'])('a run that is %s is carried out by a worker of all queues', async (behavior) => {
    const installation = await createInstallation({
      ...servers,
      settings: {
        temporal: { deployment: { name: `queues-${process.pid}-${behavior.slice(0, 4)}`, behavior } },
        worker: { task_queues: { near: ['documents'] } },
        jobs: { 'ttl-cleanup': { brake } },
      },
    });
    try {
      await seed(installation.parts, [{ id: 'first', workspace: 'a', expired: true }]);
      await installation.worker();
      const run = await until('the version is current', () =>
        installation
          .cli('run', 'ttl-cleanup', '--wait', '--json')
          .then(({ json }) => (json.status === 'success' ? json : null)),
      );
      expect(run.totals).toMatchObject({ deleted_documents: 1 });
    } finally {
      await installation.close();
    }
  });
});
