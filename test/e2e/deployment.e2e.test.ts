import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOf } from '../../src/operations/context.ts';
import { health } from '../../src/operations/monitoring/health.ts';
import { status } from '../../src/operations/monitoring/status.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { showDeployment } from '../../src/operations/setup/deployment.ts';
import { workerBuildId } from '../../src/plugins/worker-build-id.ts';
import { taskQueueOf } from '../../src/temporal/names.ts';
import { openRunOfFirstRelease, restoreFirstRelease } from '../support/first-release.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const before = '0.1.0-first';
const after = '0.2.0-next';
const ownId = '5ca1e001';

/** The version that a workflow is on. */
async function versionOf(client: Client, workflowId: string): Promise<string | null> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? null;
}

describeEndToEnd('versions of workers side by side', (servers) => {
  let installation: Installation;
  let [first, next]: (WorkerProcess | undefined)[] = [];
  const name = `side-by-side-${Date.now()}`;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    const application = (url: string) => restoreFirstRelease(url, ownId);
    const settings = { temporal: { deployment: { name } } };
    installation = await createInstallation({ ...servers, settings, application });
  });
  afterAll(async () => {
    await Promise.all(workers.map((one) => one.stop()));
    await installation?.close();
  });

  async function worker(buildId: string): Promise<WorkerProcess> {
    const started = await startWorkerProcess([], { ...installation.env, COPPICE_BUILD_ID: buildId });
    workers.push(started);
    await until('Temporal knows the version', async () => {
      const found = await showDeployment(installation.context).catch(() => null);
      return found?.versions.some((one) => one.build_id === buildId && one.workers > 0);
    });
    return started;
  }

  async function versionOfNewRun(): Promise<string | null> {
    const run = await runJob(installation.context, 'upkeep', {}, { preview: false });
    expect(await waitForRun(installation.context, run.run_id)).toMatchObject({ status: 'success' });
    return versionOf(installation.client, run.workflow_id);
  }

  it('makes the first version current, since nobody has chosen one', async () => {
    const { context } = installation;
    first = await worker(before);
    await until('the first version is current', async () => (await showDeployment(context)).current === before);
    expect(await versionOfNewRun()).toBe(before);
  });

  it('names an open run of the version before, whose workers are gone, and moves it', async () => {
    const { client, context, id } = installation;
    await first?.stop();
    const open = openRunOfFirstRelease(ownId);
    await client.workflow.start('ttlCleanup', {
      ...{ taskQueue: taskQueueOf(id), workflowId: open.workflow_id, args: [open.input] },
      versioningOverride: { pinnedTo: { deploymentName: name, buildId: before } },
    });
    // A worker of another version than the current one leaves the schedules alone.
    const schedule = client.schedule.getHandle(`${installation.schedulePrefix}upkeep`);
    await schedule.delete();
    next = await worker(after);
    await expect(schedule.describe()).rejects.toThrow(ScheduleNotFoundError);
    const unserved = await until('the lost worker is noticed', async () => {
      const found = await health(context);
      return found.ok ? null : found.checks.find((one) => one.name === 'worker');
    });
    expect(unserved?.message).toContain(`\`coppice deployment set-current ${after}\``);
    // Without an argument the version is that of the command, which brings its schedules with it.
    const env = { ...installation.env, COPPICE_BUILD_ID: after };
    expect(await runCli(['deployment', 'set-current'], env)).toMatchObject({ code: 0 });
    expect((await schedule.describe()).scheduleId).toBe(schedule.scheduleId);
    expect(await versionOfNewRun()).toBe(after);
    const command = `coppice deployment move ${open.workflow_id}`;
    const needs = await until('the open run is named', async () => {
      const found = (await status(context)).needs.filter(({ kind }) => kind === 'stranded_run');
      return found.length > 0 && found;
    });
    expect(needs).toMatchObject([{ command, what: expect.stringContaining(before) }]);
    const seen = await installation.cli('health');
    expect(seen.stdout).toContain(command);
    expect(seen.code).toBe(0);

    // The command that status names moves the run, which then ends on the new version.
    expect((await installation.cli(...command.split(' ').slice(1), '--json')).json).toEqual({
      to: after,
      moved: [open.workflow_id],
    });
    const run = await until('the moved run ends', async () => {
      const one = await runOf(context, open.input.continued.run.runId);
      return one.finished_at === null ? null : one;
    });
    expect(run).toMatchObject({ status: 'success', totals: { deleted_documents: 9 } });
    expect(await versionOf(client, open.workflow_id)).toBe(after);
    await until('nothing is stranded', async () => (await health(context)).stranded_runs.length === 0);

    expect(next.lines.join('\n')).toContain('coppice deployment set-current');
  });

  it('rolls back while workers of the later version go on polling, then upgrades around an open run', async () => {
    const { client, context, parts } = installation;
    const again = await worker(before);
    expect((await installation.cli('deployment', 'set-current', before)).code).toBe(0);
    expect(await versionOfNewRun()).toBe(before);

    // A lock of the application holds a run up.
    const application = new pg.Client({ connectionString: installation.databaseUrl });
    await application.connect();
    await application.query(
      `update knowledge.documents set expires_at = now() - interval '2 days' where id like 'held%'`,
    );
    await application.query('begin; lock table knowledge.documents in share mode');
    const pinned = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    await until('the run is pinned', async () => (await versionOf(client, pinned.workflow_id)) === before);
    expect((await installation.cli('deployment', 'set-current', after)).code).toBe(0);
    expect(await versionOfNewRun()).toBe(after);
    // A restart in place continues it: the build id is the same.
    await again.kill();
    await worker(before);
    await application.query('rollback');
    await application.end();
    const ended = await waitForRun(context, pinned.run_id);
    expect(ended).toMatchObject({ status: 'success', error: null, totals: { deleted_documents: 60 } });
    expect(await versionOf(client, pinned.workflow_id)).toBe(before);
    // The build id of this release, where none is configured.
    expect((await showDeployment(context)).own).toBe(workerBuildId(parts.config));
    expect(workerBuildId(parts.config)).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  });
});
