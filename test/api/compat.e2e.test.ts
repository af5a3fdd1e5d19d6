import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalogue } from '../../src/jobs/index.ts';
import { seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { acceptingPoison, cure, poison } from '../support/poison.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { BackgroundJobsClient } from './support/background-jobs-client.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { quietJobs } from './support/world.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

describeEndToEnd('the URLs of a job framework that teams come from', (servers) => {
  let installation: Installation;
  let api: TestApi;
  let client: BackgroundJobsClient;

  beforeAll(async () => {
    const settings = {
      collections: acceptingPoison,
      jobs: { ...quietJobs, 'ttl-cleanup': { brake: open, retry: { max_retries: 0 } } },
    };
    installation = await createInstallation({ ...servers, settings });
    const documents = ['a', 'b'].flatMap((workspace) =>
      [1, 2, 3].map((at) => ({ id: `${workspace}${at}`, workspace, expired: at === 1 })),
    );
    await seed(installation.parts, documents);
    await installation.worker();
    api = await startTestApi(installation);
    client = new BackgroundJobsClient(api.url, api.admin);
  });
  afterAll(async () => {
    await api?.close();
    await installation?.close();
  });

  /** Executes and waits as such a client does: until the execution is no longer among the running ones. */
  async function execute(body?: unknown): Promise<void> {
    const { execution } = await client.execute('ttl-cleanup', body);
    await until('the execution is over', async () => {
      const { running_jobs, count } = await client.running();
      expect(count).toBe(running_jobs.length);
      return !running_jobs.some((one: { execution_id: string }) => one.execution_id === execution.execution_id);
    });
  }

  it('before anything has run', async () => {
    expect(await client.health()).toMatchObject({ status: 'healthy', running_jobs: 0, queue_size: 0 });
    const { metrics, ...job } = await client.job('ttl-cleanup');
    expect(job).toMatchObject({ job_id: 'ttl-cleanup', job_type: 'ttl_cleanup', enabled: true });
    expect(job.next_run).toMatch(/T02:00:00/);
    expect(metrics).toMatchObject({
      total_executions: 0,
      success_rate: 0,
      health_status: 'unknown',
      memory_usage_mb: null,
    });
    await expect(client.job('no-such-job')).rejects.toThrow(/404 there is no job/);
  });

  it('a waiting run is listed among the running ones, and is executed', async () => {
    let execution = { execution_id: '', correlation_id: '' };
    await installation.parts.db.transaction().execute(async (tx) => {
      await sql`lock table knowledge.documents in access exclusive mode`.execute(tx);
      ({ execution } = await client.execute('ttl-cleanup', { parameters: { batch_size: 10 } }));
      const { running_jobs } = await client.running();
      expect(running_jobs).toMatchObject([{ execution_id: execution.execution_id, job_id: 'ttl-cleanup' }]);
      expect(running_jobs[0].correlation_id).toMatch(/^ttl_cleanup_[0-9a-f]{32}$/);
    });
    await until('it is over', async () => (await client.running()).count === 0);
    const { metrics } = await client.job('ttl-cleanup');
    expect(metrics).toMatchObject({
      total_executions: 1,
      successful_executions: 1,
      success_rate: 1,
      health_status: 'healthy',
    });
    expect(metrics.average_duration_seconds).toBeGreaterThan(0);
    const [{ worker }] = (await api.ask('GET', '/api/v1/runs?job=ttl-cleanup')).json.runs;
    expect(metrics.memory_usage_mb).toBeCloseTo(worker.peak_memory_bytes / 2 ** 20, 0);
    expect(metrics.memory_usage_mb).toBeGreaterThan(20);
    expect(metrics.cpu_usage_percent).toBeCloseTo((worker.cpu_ms / worker.worked_ms) * 100, 0);
    expect(worker.cpu_ms).toBeGreaterThan(0);
    expect(metrics.last_success_at).not.toBeNull();
  });

  it('failures are counted until the next success', async () => {
    const { db } = installation.parts;
    await sql`update knowledge.documents set expires_at = now() - interval '1 day' where id = 'a2'`.execute(db);
    await poison(db, 'a');
    await execute('a correlation id, as the framework took one');
    await execute(null);
    const { summary, jobs, health_details } = await client.summary();
    expect(health_details.jobs['ttl-cleanup']).toEqual({
      last_run: jobs['ttl-cleanup'].last_execution_at,
      next_run: expect.stringMatching(/T02:00:00/),
    });
    expect(jobs['ttl-cleanup']).toMatchObject({
      total_executions: 3,
      successful_executions: 1,
      failed_executions: 2,
      consecutive_failures: 2,
      health_status: 'degraded',
    });
    expect(jobs['ttl-cleanup'].error_rate).toBeCloseTo(2 / 3);
    // The others have no schedule here.
    expect(summary).toMatchObject({ total_jobs: catalogue.length, enabled_jobs: 1, overall_health: 'degraded' });
    expect(health_details.status).toBe('degraded');
    await cure(db);
    await execute({});
    expect((await client.job('ttl-cleanup')).metrics).toMatchObject({
      consecutive_failures: 0,
      health_status: 'healthy',
    });
  });

  it('a job shows when and how it runs, also under its former id', async () => {
    expect(await client.job('daily-ttl-cleanup')).toMatchObject({
      job_id: 'ttl-cleanup',
      schedule: { schedule_type: 'cron', cron_expression: '0 2 * * *' },
      retry_config: { max_retries: 0, retry_delay_seconds: 60, retry_backoff_multiplier: 2 },
      priority: 'high',
      parameters: { batch_size: 50, max_age_days: 90 },
    });
    expect(await client.job('weekly-document-refresh')).toMatchObject({
      job_id: 'document-refresh',
      schedule: null,
      priority: 'medium',
      parameters: { threshold_days: 7 },
    });
    const headers = { 'content-type': 'application/json' };
    const executed = await api.ask('POST', '/api/v1/background-jobs/jobs/daily-ttl-cleanup/execute', {
      headers,
      raw: '',
    });
    expect(executed).toMatchObject({ status: 202, json: { execution: { job_id: 'ttl-cleanup' } } });
    await until('it is over', async () => (await client.running()).count === 0);
    const broken = await api.ask('POST', '/api/v1/background-jobs/jobs/ttl-cleanup/execute', { headers, raw: '{' });
    expect(broken.status).toBe(400);
  });

  it('disable pauses the schedules of the job, enable resumes them', async () => {
    const paused = async () =>
      (await installation.client.schedule.getHandle(`${installation.schedulePrefix}ttl-cleanup`).describe()).state
        .paused;
    expect(await client.disable('ttl-cleanup')).toEqual({ message: 'Job ttl-cleanup disabled' });
    expect(await paused()).toBe(true);
    const jobs: { job_id: string }[] = await client.jobs();
    expect(jobs.find((one) => one.job_id === 'ttl-cleanup')).toMatchObject({ enabled: false, next_run: null });
    await client.enable('ttl-cleanup');
    expect(await paused()).toBe(false);
    expect((await client.summary()).summary).toMatchObject({ enabled_jobs: 1, disabled_jobs: catalogue.length - 1 });
  });

  it('every answer is one of the document', async () => {
    const base = '/api/v1/background-jobs';
    for (const path of ['/health', '/jobs', '/jobs/ttl-cleanup', '/executions/running', '/stats/summary'])
      expect((await api.ask('GET', base + path)).status).toBe(200);
    for (const verb of ['disable', 'enable'])
      expect((await api.ask('POST', `${base}/jobs/ttl-cleanup/${verb}`)).status).toBe(200);
    expect((await api.ask('POST', `${base}/jobs/ttl-cleanup/execute`)).status).toBe(202);
    const own = api.document.operations.filter(({ path }) => path.startsWith(base));
    expect(own.filter(({ method, path }) => !api.succeeded.has(`${method} ${path}`))).toEqual([]);
  });
});
