import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { getRun, toRunJson } from '../../src/state/runs/runs.ts';
import { startTemporal, type TemporalTestServer } from '../../tools/servers/temporal.ts';
import { contentsOf, seed } from '../support/corpus.ts';
import { createInstallation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { scheduledJobs } from '../support/scheduled-jobs.ts';
import { serverUrl } from '../support/servers.ts';
import { until } from '../support/until.ts';

const documents = Array.from({ length: 900 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 9}`,
  expired: at % 3 !== 0,
}));
const limits = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

/** The procedures of docs/operations.md for a Temporal database that is lost, or older than ours. */
describeEndToEnd('Temporal’s own database', () => {
  /** A run that has removed something when its worker and the server die. */
  async function interrupted() {
    const folder = mkdtempSync(join(tmpdir(), 'coppice-temporal-'));
    const [port, log] = [await freePort(), () => {}];
    const start = (name: string) => startTemporal({ dir: join(folder, name), port, log });
    const servers: TemporalTestServer[] = [await start('first')];
    const temporalAddress = servers[0]?.address ?? '';
    const installation = await createInstallation({
      postgresUrl: (await serverUrl('postgres')) ?? '',
      temporalAddress,
      settings: { jobs: { 'ttl-cleanup': { brake: limits, parameters: { batch_size: 2 }, concurrency: 1 } } },
    });
    onTestFinished(async () => {
      await installation.close();
      await servers.at(-1)?.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const { parts, context } = installation;
    await seed(parts, documents);
    const before = await contentsOf(parts);
    const worker = await installation.worker();
    const { run_id: runId, workflow_id: workflowId } = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    const json = async () => toRunJson(parts.db, await getRun(parts.db, runId));
    await until('it works', async () => ((await json()).totals.deleted_documents ?? 0) > 0);
    await worker.kill();
    await servers[0]?.kill();
    const restart = async (name: string) => {
      servers.push(await start(name));
    };
    const kill = async () => servers.at(-1)?.kill();
    return { installation, folder, before, runId, workflowId, json, restart, kill };
  }

  const kept = new Set(documents.filter((one) => !one.expired).map((one) => one.id));

  it('lost: schedules are made again, the open run is closed, the next one finishes, and both can be undone', async () => {
    const { installation, before, runId, restart } = await interrupted();
    const { cli, parts } = installation;
    await restart('empty');
    const doctor = await cli('doctor', '--drift', '--json');
    expect(doctor.json).toMatchObject({ ok: true, schedules: [] });
    expect(doctor.json.collections[0].drift).toEqual({ rows_without_vectors: 0, vectors_without_row: 0 });
    expect((await cli('schedules', 'apply', '--json')).json).toMatchObject(
      scheduledJobs.map(() => ({ change: 'created' })),
    );
    const [closed] = (await cli('runs', '--json')).json;
    expect(closed).toMatchObject({ run_id: runId, status: 'failed' });
    const first = closed.totals.deleted_documents;
    expect(first).toBeGreaterThan(0);
    await installation.worker();
    const next = (await cli('run', 'ttl-cleanup', '--wait', '--json')).json;
    expect(next).toMatchObject({ status: 'success', totals: { deleted_documents: 600 - first } });
    expect((await contentsOf(parts)).documents.toSorted()).toEqual([...kept].toSorted());
    for (const [id, count] of [
      [next.run_id, 600 - first],
      [runId, first],
    ] as const) {
      const undone = await cli('undo', id, '--wait', '--json');
      expect(undone.json).toMatchObject({ status: 'success', totals: { restored_documents: count } });
    }
    expect(await contentsOf(parts)).toEqual(before);
  });

  it('restored from a backup: a run that has ended since comes back to life, removes nothing, and its record stays', async () => {
    const { installation, folder, runId, workflowId, json, restart, kill } = await interrupted();
    const { cli, parts, client } = installation;
    cpSync(join(folder, 'first'), join(folder, 'backup'), { recursive: true });
    await restart('first');
    const worker = await installation.worker();
    await until('it ends', async () => (await json()).status === 'success');
    const ended = await json();
    expect(ended.totals.deleted_documents).toBe(600);
    const undone = await cli('undo', runId, '--wait', '--json');
    expect(undone.json.totals.restored_documents).toBe(600);
    await cli('holds', 'lift', '--run', undone.json.run_id);
    const before = await contentsOf(parts);
    await worker.kill();
    await kill();
    await restart('backup');
    await installation.worker();
    const handle = client.workflow.getHandle(workflowId);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await until('it ends once more', async () => (await handle.describe()).status.name !== 'RUNNING');
    expect(await contentsOf(parts)).toEqual(before);
    // The cost of the second execution is counted too.
    expect({ ...(await json()), worker: null }).toEqual({ ...ended, worker: null });
  });
});
