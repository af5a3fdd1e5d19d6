import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { scheduledJobs } from '../support/scheduled-jobs.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

describeEndToEnd('a copy of an installation’s database', (servers) => {
  let installation: Installation;
  let env: NodeJS.ProcessEnv;
  const copy = `coppice_copy_${process.pid}`;

  async function onServer(...statements: string[]): Promise<void> {
    const client = new pg.Client({ connectionString: servers.postgresUrl });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }
  const schedules = async () => (await runCli(['schedules', 'list', '--json'], env)).json;

  beforeAll(async () => {
    installation = await createInstallation(servers);
    await (await installation.worker()).stop();
    const original = new URL(installation.databaseUrl);
    const name = original.pathname.slice(1);
    await onServer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      `create database ${copy} template ${name}`,
    );
    original.pathname = `/${copy}`;
    env = { ...installation.env, DATABASE_URL: original.href };
  });
  afterAll(async () => {
    await installation.close();
    await onServer(`drop database if exists ${copy} with (force)`);
  });

  it('has no worker: the refusal names the cause and the remedy', async () => {
    const { code, json } = await runCli(['worker', '--json'], env);
    expect([code, json.error]).toMatchObject([
      1,
      { name: 'CopiedDatabaseError', hint: expect.stringContaining('coppice adopt') },
    ]);
    expect(json.error.message).toContain(installation.id);
  });

  it('can take the original’s place: under the same id, with its schedules paused', async () => {
    await until('the schedule can be listed', async () => (await schedules()).length === scheduledJobs.length);
    const adopted = await runCli(['adopt', '--json'], env);
    expect(adopted.json).toEqual({
      installation: installation.id,
      paused: scheduledJobs.map(({ id }) => `${installation.schedulePrefix}${id}`).toSorted(),
      closed_runs: 0,
    });
    expect(await schedules()).toMatchObject(scheduledJobs.map(() => ({ paused: true })));
    await (await startWorkerProcess([], env)).stop();
    expect(await schedules()).toMatchObject(scheduledJobs.map(() => ({ paused: true })));
    // Adopted by one, the installation does not live in the other any more; nobody can know that there.
    await (await startWorkerProcess([], installation.env)).stop();
  });

  it('can become an installation of its own', async () => {
    const { json } = await runCli(['adopt', '--new-installation', '--json'], env);
    expect(json.installation).not.toBe(installation.id);
    expect(json).toMatchObject({ paused: [], closed_runs: 0 });
  });
});
