import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { startTemporal } from '../../tools/servers/temporal.ts';
import { startCollector } from '../support/collector.ts';
import { createInstallation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { serverUrl } from '../support/servers.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const workspaces = 24;
const rowsEach = 5_000;

describeEndToEnd('a run whose history grows long', () => {
  it('continues as new and stays one run, each document removed once', async () => {
    const temporal = await startTemporal({
      dynamicConfig: ['limit.historyCount.suggestContinueAsNew=20'],
      log: () => {},
    });
    const installation = await createInstallation({
      postgresUrl: (await serverUrl('postgres')) ?? '',
      temporalAddress: temporal.address,
      settings: { jobs: { 'ttl-cleanup': { brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 } } } },
    });
    const { parts, context, client } = installation;
    await sql`insert into knowledge.documents (id, workspace, expires_at)
      select w || '-' || d, 'w' || w, now() - interval '1 day'
      from generate_series(1, ${workspaces}) w, generate_series(1, ${rowsEach}) d`.execute(parts.db);
    const collector = await startCollector();
    const env = { ...installation.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const worker = await startWorkerProcess([], env);
    const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    const ended = await waitForRun(context, run.run_id);
    expect(ended).toMatchObject({
      run_id: run.run_id,
      status: 'success',
      totals: { deleted_documents: workspaces * rowsEach, no_longer_due: 0 },
      partitions: { done: workspaces },
    });
    const latest = await client.workflow.getHandle(run.workflow_id).describe();
    expect(latest.runId).not.toBe(run.run_id);
    expect(latest.raw.workflowExecutionInfo?.firstRunId).toBe(run.run_id);
    expect(await client.workflow.getHandle(run.workflow_id).result()).toMatchObject({
      run_id: run.run_id,
      status: 'success',
    });
    await worker.stop();
    // One trace too: each execution hangs from the one before.
    const executions = collector.spans.filter(({ name }) => name === 'RunWorkflow:ttlCleanup');
    const runIds = new Map(executions.map((one) => [one.spanId, one.attributes['temporal.run.id']]));
    expect(runIds.size).toBeGreaterThan(1);
    const [first, ...others] = executions.filter(({ parentSpanId }) => !runIds.has(parentSpanId ?? ''));
    expect(first?.attributes['temporal.run.id']).toBe(run.run_id);
    expect(others).toEqual([]);
    expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
    await collector.stop();
    await installation.close();
    await temporal.stop();
  });
});
