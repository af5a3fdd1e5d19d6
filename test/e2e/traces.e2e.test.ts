import { randomBytes } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { quietJobs } from '../api/support/world.ts';
import { type ApiProcess, startApiProcess } from '../support/api-process.ts';
import { type Collector, type ReceivedSpan, startCollector } from '../support/collector.ts';
import { seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { acceptingPoison, cure, poison } from '../support/poison.ts';
import { describeEndToEnd, describeWithWeaviate } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const settings = {
  collections: acceptingPoison,
  jobs: { 'ttl-cleanup': { brake: open, retry: { max_retries: 0 }, schedules: [] } },
};
/** None of these may leave: a workspace, a person's id in it, what documents say, how a caller asks. */
const workspace = 'anna.zephyr@example.org';
const traceparent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/**
 * A run is recorded as ended before its workflow is, and the worker that takes the last step of the workflow sends the
 * workflow's span: a worker that stops in between leaves the step to the next one.
 */
async function untilClosed({ client }: Installation, run: { readonly workflow_id: string }): Promise<void> {
  const asked = { namespace: client.options.namespace, execution: { workflowId: run.workflow_id } };
  await until('the workflow is closed', async () => {
    // The client's own description would decrypt what an encrypted run keeps.
    const { workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution(asked);
    return workflowExecutionInfo?.closeTime;
  });
}

describeWithWeaviate('traces', (servers) => {
  let installation: Installation;
  let collector: Collector;
  let api: ApiProcess;
  let worker: WorkerProcess;
  let token: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    [installation, collector] = await Promise.all([createInstallation({ ...servers, settings }), startCollector()]);
    await seed(installation.parts, [
      { id: 'zephyr-1', workspace, expired: true },
      { id: 'zephyr-2', workspace, expired: false },
    ]);
    token = (await installation.cli('token', 'create', 'tracer', '--scope', 'admin', '--json')).json.token;
    env = {
      ...installation.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=of-the-collector',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    [api, worker] = await Promise.all([startApiProcess(env), startWorkerProcess([], env)]);
  });
  afterAll(async () => {
    await Promise.all([api?.stop(), worker?.stop()]);
    await collector?.stop();
    await installation?.close();
  });

  describe('of one run that a call has started', () => {
    let runId: string;
    let spans: readonly ReceivedSpan[];

    beforeAll(async () => {
      const response = await fetch(`${api.url}/api/v1/jobs/ttl-cleanup/runs`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          prefer: 'wait=60',
          traceparent: `00-${traceparent.traceId}-${traceparent.spanId}-01`,
        },
      });
      const run = JSON.parse(await response.text());
      expect(run).toMatchObject({ status: 'success', totals: { deleted_documents: 1 } });
      runId = run.run_id;
      await untilClosed(installation, run);
      // Spans that are left are sent when they end.
      expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
      spans = collector.spans.filter(({ traceId }) => traceId === traceparent.traceId);
    });

    /** The names from a span up to the one that nobody has sent. */
    function path(of: ReceivedSpan | undefined): string[] {
      if (of === undefined) return [];
      return [of.name, ...path(spans.find(({ spanId }) => spanId === of.parentSpanId))];
    }
    const named = (name: string) => spans.filter((one) => one.name === name);

    it('leads from the caller through the call, the workflow and the activity to both stores', () => {
      const call = 'POST /api/v1/jobs/:job/runs';
      const start = 'StartWorkflow:ttlCleanup';
      const run = 'RunWorkflow:ttlCleanup';
      const above = ['RunActivity:drain', 'StartActivity:drain', run, start, call];
      expect(spans.map(path)).toContainEqual(['weaviate DELETE /batch/objects', ...above]);
      expect(spans.map(path)).toContainEqual(['transaction', ...above]);
      expect(spans.map(path)).toContainEqual(['postgresql SELECT', 'transaction', ...above]);
      expect(named(call).map(({ parentSpanId }) => parentSpanId)).toEqual([traceparent.spanId]);
    });

    it('every span of it hangs from another, and the first from the caller', () => {
      const ids = new Set(spans.map(({ spanId }) => spanId));
      const loose = spans.filter(({ parentSpanId }) => parentSpanId === null || !ids.has(parentSpanId));
      expect(loose.map(({ name }) => name)).toEqual(['POST /api/v1/jobs/:job/runs']);
      expect(ids.size).toBe(spans.length);
      expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['coppice']));
    });

    it('one span for the workflow, one for each activity, and each activity has run within it', () => {
      expect(named('RunWorkflow:ttlCleanup')).toHaveLength(1);
      expect(named('RunWorkflow:ttlCleanup')[0]?.attributes['temporal.run.id']).toBe(runId);
      for (const activity of ['begin', 'survey', 'drain', 'finish']) {
        const [scheduled, ran] = [named(`StartActivity:${activity}`), named(`RunActivity:${activity}`)];
        expect(scheduled.length).toBeGreaterThan(0);
        expect(ran.map(({ parentSpanId }) => parentSpanId).toSorted()).toEqual(
          scheduled.map(({ spanId }) => spanId).toSorted(),
        );
      }
    });
  });

  it('of a run that a traced worker takes up by itself, one of its own', async () => {
    const { db } = installation.parts;
    await poison(db, workspace);
    await sql`update knowledge.documents set expires_at = now() - interval '1 hour'`.execute(db);
    const before = collector.spans.length;
    const again = await startWorkerProcess([], env);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({ status: 'partial', dead_letters: 1 });
    await untilClosed(installation, run.json);
    await again.stop();
    const spans = collector.spans.slice(before);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === null);
    expect(roots.map(({ name }) => name)).toEqual(['RunWorkflow:ttlCleanup']);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([roots[0]?.traceId]));
    const failed = spans.filter(({ attributes }) => attributes['error.type'] !== undefined);
    expect(failed.map(({ name }) => name)).toEqual(expect.arrayContaining(['transaction', 'RunActivity:drain']));
    expect(failed.map(({ attributes }) => attributes['error.type'])).toContain('StoreRefusedError');
  });

  it('no span names a workspace, a document or a secret, not of a failure either', () => {
    const { text } = collector;
    expect(text).toContain('of-the-collector');
    for (const secret of [
      'anna',
      'zephyr',
      'text of',
      'title of',
      'chunk ',
      'still_cited',
      'stumble',
      token,
      token.slice(-43),
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/insert into|select |where /i);
  });

  it('a history with spans replays without them, and headers are all that it has grown by', async () => {
    await cure(installation.parts.db);
    const traced = await startWorkerProcess([], env);
    const { json } = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(json.status).toBe('success');
    await untilClosed(installation, json);
    await traced.stop();
    const history = await installation.client.workflow.getHandle(json.workflow_id).fetchHistory();
    const scheduled = (history.events ?? []).flatMap((one) => one.activityTaskScheduledEventAttributes ?? []);
    expect(scheduled.length).toBeGreaterThan(2);
    for (const { header } of scheduled) expect(Object.keys(header?.fields ?? {})).toEqual(['_tracer-data']);
    for (const traces of [false, true]) {
      const replayed = Worker.runReplayHistory(
        { workflowBundle: workflowBundle({ encrypts: false, traces }), sinks: { spans: { export: { fn: () => {} } } } },
        history,
      );
      await expect(replayed).resolves.toBeUndefined();
    }
  });

  it('a collector that is down costs one warning, and no run', async () => {
    const nowhere = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    const alone = await startWorkerProcess([], { ...nowhere, OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
    for (const _ of [1, 2]) {
      const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
      expect(run.json.status).toBe('success');
    }
    expect(await alone.stop()).toBe(0);
    const warnings = alone.lines.filter((line) => line.startsWith('{"level"') && JSON.parse(line).level >= 40);
    expect(warnings.map((line) => JSON.parse(line).msg)).toEqual(['the collector takes no traces: they are dropped']);
  });
});

describeEndToEnd('traces of encrypted runs', (servers) => {
  it('hang together as those of others do', async () => {
    const [installation, collector] = await Promise.all([
      createInstallation({ ...servers, settings: { jobs: { ...quietJobs, ...settings.jobs } } }),
      startCollector(),
    ]);
    const { token } = (await installation.cli('token', 'create', 'tracer', '--scope', 'admin', '--json')).json;
    const env = {
      ...installation.env,
      COPPICE_CODEC_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
      OTEL_SERVICE_NAME: 'coppice of the tests',
    };
    const [api, worker] = await Promise.all([startApiProcess(env), startWorkerProcess([], env)]);
    const headers = { authorization: `Bearer ${token}`, prefer: 'wait=60' };
    const response = await fetch(`${api.url}/api/v1/jobs/ttl-cleanup/runs`, { method: 'POST', headers });
    const run = JSON.parse(await response.text());
    expect(run).toMatchObject({ status: 'success' });
    await untilClosed(installation, run);
    await Promise.all([api.stop(), worker.stop()]);
    const [call] = collector.spans.filter(({ name }) => name === 'POST /api/v1/jobs/:job/runs');
    expect(call).toMatchObject({ parentSpanId: null, service: 'coppice of the tests' });
    const own = collector.spans.filter(({ traceId }) => traceId === call?.traceId).map(({ name }) => name);
    expect(own).toEqual(
      expect.arrayContaining(['RunWorkflow:ttlCleanup', 'StartActivity:finish', 'RunActivity:finish']),
    );
    await collector.stop();
    await installation.close();
  });
});
