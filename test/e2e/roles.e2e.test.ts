import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { ScheduleJson } from '../../src/operations/runs/schedules.ts';
import { type Duty, duties } from '../../src/operations/setup/grants/needs.ts';
import { connectClient } from '../../src/temporal/connection.ts';
import { temporalSettings } from '../../src/temporal/settings.ts';
import { type Application, createApplication, documentRows } from '../grants/application.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { runCli } from '../support/run-cli.ts';
import { scheduledJobs } from '../support/scheduled-jobs.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const suffix = randomBytes(4).toString('hex');
const roles = { owner: `owner_${suffix}`, worker: `worker_${suffix}`, reader: `reader_${suffix}` };
const prefix = `t${suffix}-`;
const mayNot = { code: '42501' };

describeEndToEnd('owner, worker and reader with the printed grants', ({ postgresUrl, temporalAddress }) => {
  let application: Application;
  let worker: WorkerProcess;
  let runId: string;

  const env = (role: Duty | 'superuser'): NodeJS.ProcessEnv => ({
    ...process.env,
    DATABASE_URL: role === 'superuser' ? application.url : application.urlOf(role),
    TEMPORAL_ADDRESS: temporalAddress,
    COPPICE_CONFIG: application.file,
    COPPICE_DATA_DIR: join(application.file, '..', 'data'),
    COPPICE_HEARTBEAT_TIMEOUT_SECONDS: '1',
    NO_COLOR: '1',
  });
  const cli = (role: Duty | 'superuser', ...args: string[]) => runCli([...args, '--json'], env(role));

  beforeAll(async () => {
    await asAdmin(Object.values(roles).map((name) => `create role "${name}" login`));
    application = await createApplication(postgresUrl, roles, { temporal: { schedule_prefix: prefix } });
  });
  afterAll(async () => {
    await worker?.stop();
    const client = await connectClient(temporalSettings(loadConfig(env('superuser')).temporal, null));
    for await (const one of client.schedule.list()) {
      if (one.scheduleId.startsWith(prefix)) await client.schedule.getHandle(one.scheduleId).delete();
    }
    await client.connection.close();
    await application.close();
    await asAdmin(Object.values(roles).map((name) => `drop role "${name}"`));
  });

  async function asAdmin(commands: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    for (const command of commands) await client.query(command);
    await client.end();
  }

  /** Rows, chunks and vectors of every collection, as text. */
  async function image(): Promise<unknown[]> {
    const tables = [
      'app.articles',
      'app.chunks',
      'app.memories',
      'app.pieces',
      'knowledge.documents',
      'knowledge.chunks',
    ];
    const images = [];
    for (const table of tables) {
      const { rows } = await application.execute(`select t::text as row from ${table} t order by t::text collate "C"`);
      images.push(rows);
    }
    return images;
  }

  it('the script runs as it is printed, and the owner migrates without any right on the database', async () => {
    const names = duties.flatMap((duty) => [`--${duty}`, roles[duty]]);
    const { code, stdout } = await runCli(['doctor', '--grants', ...names], env('superuser'));
    expect(code).toBe(0);
    await application.execute(stdout);
    expect(await cli('owner', 'migrate')).toMatchObject({ code: 0 });
    expect((await cli('owner', 'doctor', '--as', 'owner')).json).toMatchObject({ ok: true, role: { missing: [] } });
    await application.execute(documentRows);
  });

  it('the reader previews and looks, and can change nothing and read no removed document', async () => {
    const { code, json } = await cli('reader', 'preview', 'ttl-cleanup');
    expect(code).toBe(0);
    expect(json.survey.would_delete).toBe(16);
    const report = await cli('reader', 'doctor');
    expect(report.json).toMatchObject({ ok: true, role: { name: roles.reader, duty: 'reader', missing: [] } });
    expect(report.stdout).not.toContain('secret');
    for (const statement of [
      'update app.articles set tenant = null',
      'delete from app.articles',
      "insert into app.articles values ('x')",
      'update coppice.runs set status = null',
      'create table coppice.mine ()',
      'select body from app.articles',
      'select secret from app.tenants',
      'select * from coppice.ledger_vectors',
    ]) {
      await expect(application.executeAs('reader', statement), statement).rejects.toMatchObject(mayNot);
    }
  });

  it('the worker runs, and the run is undone, from end to end', async () => {
    const before = await image();
    worker = await startWorkerProcess([], env('worker'));
    const run = await cli('worker', 'run', 'ttl-cleanup', '--wait');
    expect(run.json).toMatchObject({ status: 'success', totals: { deleted_documents: 16, deleted_vectors: 24 } });
    expect(await image()).not.toEqual(before);
    runId = run.json.run_id;
    expect((await cli('reader', 'runs', 'show', runId)).json).toMatchObject({ run_id: runId, status: 'success' });
    const undo = await cli('worker', 'undo', runId, '--wait');
    expect(undo.json).toMatchObject({ status: 'success', totals: { restored_documents: 16, restored_vectors: 24 } });
    expect(await image()).toEqual(before);
    const paused = { 'ttl-cleanup': true, 'health-check': false, upkeep: false };
    const schedulesOf = async () => (await cli('reader', 'doctor')).json.schedules;
    await until('the schedule is listed', async () => (await schedulesOf()).length === scheduledJobs.length);
    const found = (await schedulesOf()).map((one: ScheduleJson) => [one.schedule_id.slice(prefix.length), one.paused]);
    expect(Object.fromEntries(found)).toMatchObject(paused);
    expect((await cli('worker', 'holds', 'lift', '--run', undo.json.run_id)).json).toEqual({ lifted: 20 });
  });

  it('the worker can do no more to the application than that', async () => {
    for (const statement of [
      "update app.articles set body = 'x'",
      'update app.chunks set text = null',
      'alter table app.articles add column mine int',
      'create table app.mine ()',
      'truncate app.articles',
      'select secret from app.tenants',
    ]) {
      await expect(application.executeAs('worker', statement), statement).rejects.toMatchObject(mayNot);
    }
  });

  it('after a change of columns the worker leaves out that collection until the owner has migrated', async () => {
    await application.execute('alter table app.articles add column more int');
    // Of articles and their chunks.
    const [articles, chunks] = await image();
    const run = await cli('worker', 'run', 'ttl-cleanup', '--wait');
    expect(run.json).toMatchObject({
      status: 'partial',
      error: { name: 'CollectionFailedError' },
      failed_collections: [{ collection: 'articles', error: { name: 'StoreRefusedError' } }],
    });
    expect(run.json.error.message).toMatch(/app\.articles.*Run `coppice migrate` as the owner/);
    expect((await image()).slice(0, 2)).toEqual([articles, chunks]);
    expect(await cli('owner', 'migrate')).toMatchObject({ code: 0 });
    const again = await cli('worker', 'run', 'ttl-cleanup', '--wait');
    expect(again.json.status).toBe('success');
    expect(run.json.totals.deleted_documents + again.json.totals.deleted_documents).toBe(16);
    expect(again.json.totals.deleted_documents).toBeGreaterThan(0);
  });

  it('doctor names the GRANT that is missing', async () => {
    await application.execute(`revoke delete on app.chunks from ${roles.worker}`);
    const { code, json, stdout } = await cli('worker', 'doctor');
    expect(code).toBe(1);
    expect(json.role).toEqual({
      name: roles.worker,
      duty: 'worker',
      missing: [`GRANT DELETE ON TABLE "app"."chunks" TO "${roles.worker}";`],
    });
    expect(stdout).not.toContain('secret');
    await application.execute(json.role.missing.join('\n'));
    expect((await cli('worker', 'doctor')).code).toBe(0);
  });
});
