import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assemble } from '../../src/assemble.ts';
import { reportRun } from '../../src/cli/report-run.ts';
import { health } from '../../src/operations/monitoring/health.ts';
import { pollers } from '../../src/operations/monitoring/pollers.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { showRun } from '../../src/operations/runs/runs.ts';
import { startByteProxy } from '../support/byte-proxy.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

describeEndToEnd('reports on runs and workers during a wait', (servers) => {
  let installation: Installation;

  beforeAll(async () => {
    const settings = { jobs: { 'ttl-cleanup': { schedules: [{ every_days: 1 }] } } };
    installation = await createInstallation({ ...servers, settings });
  });
  afterAll(() => installation?.close());

  const start = () => runJob(installation.context, 'ttl-cleanup', {}, { preview: false });
  const waitingFor = async (id: string) => (await showRun(installation.context, id)).waiting_for;

  it('a waiting run reports that no worker polls and what it waits for, and nothing of it at its end', async () => {
    const { context, parts } = installation;
    const run = await start();
    expect(await waitingFor(run.run_id)).toMatch(/^a worker: none polls the task queue/);
    let worker = await installation.worker();
    await until('it has ended', async () => (await showRun(context, run.run_id)).status === 'success');
    expect(await waitingFor(run.run_id)).toBeNull();
    expect(await pollers(context)).toBe(1);

    // Temporal goes on listing a worker for minutes after it was killed; its silence tells sooner.
    await worker.kill();
    expect(await pollers(context)).toBe(1);
    await sql`update coppice.workers set seen_at = seen_at - interval '11 seconds'`.execute(parts.db);
    expect(await pollers(context)).toBe(0);
    const { ok, checks } = await health(context);
    expect({ ok, worker: checks.find(({ name }) => name === 'worker')?.ok }).toEqual({ ok: false, worker: false });

    // A worker that is stopped in good order records it.
    worker = await installation.worker();
    await until('it polls', async () => (await pollers(context)) === 1);
    await worker.stop();
    expect(await pollers(context)).toBe(0);
  });

  it('health shows the last and the next run of each job', async () => {
    const { jobs } = await health(installation.context);
    const cleanup = jobs.find(({ id }) => id === 'ttl-cleanup');
    expect(cleanup).toMatchObject({ health: 'healthy', last_failure_at: null });
    expect(new Date(cleanup?.last_success_at ?? 0).getTime()).toBeGreaterThan(Date.now() - 600_000);
    expect(new Date(cleanup?.next_run ?? 0).getTime()).toBeGreaterThan(Date.now());
    const shown = await installation.cli('health');
    expect(shown.stdout).toMatch(/^ttl-cleanup +\d{4}-\d\d-\d\d \d\d:\d\d UTC .* healthy$/m);
  });

  it('a wait that loses its connection reports that the run continues', async () => {
    const { context, databaseUrl, parts } = installation;
    const run = await start();
    const url = new URL(databaseUrl);
    const proxy = await startByteProxy({ host: url.hostname, port: Number(url.port) });
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const own = await assemble(parts.config, url.toString(), 'test wait');
    const session = {
      config: parts.config,
      parts: own,
      context: { ...context, parts: own },
      temporal: null,
      close: own.close,
    };
    const notes: string[] = [];
    const note = (line: string) => void notes.push(line);
    const wait = reportRun(
      session,
      { json: true, interactive: false, result: () => {}, note, error: () => {} },
      run,
      true,
    );
    await until('it waits', async () =>
      notes.some((line) => line.startsWith('the run waits for a worker: none polls')),
    );
    await proxy.stop();
    await expect(wait).rejects.toMatchObject({
      name: 'WaitLostError',
      message: expect.stringContaining(`run ${run.run_id} was lost`),
      hint: `Follow it: coppice runs show ${run.run_id}`,
    });
    await own.close();
    const { rows } = await sql`select from coppice.runs where status = 'pending'`.execute(parts.db);
    expect(rows).toHaveLength(1);
  });
});
