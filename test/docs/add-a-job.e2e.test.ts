import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApiProcess } from '../support/api-process.ts';
import { contentsOf } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { linkDependencies, packPackage } from '../support/packed.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import { blocksOf } from './page-blocks.ts';

const run = promisify(execFile);
const root = dirname(dirname(import.meta.dirname));
const page = readFileSync(join(root, 'docs/add-a-job.md'), 'utf8');
const library = readFileSync(join(root, 'docs/library.md'), 'utf8');

/** The packed package in an empty folder, its dependencies linked, and the plugin written from the page. */
describeEndToEnd('docs/add-a-job.md, followed to the letter', (servers) => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-page-'));
  const installed = join(folder, 'node_modules/coppice');
  const command = join(installed, 'bin/coppice.mjs');
  let installation: Installation;
  let worker: WorkerProcess | null = null;

  beforeAll(async () => {
    await packPackage(root, installed);
    linkDependencies(root, folder);
    const collections = { documents: {}, facts: { kind: 'memories' } };
    installation = await createInstallation({ ...servers, settings: { collections } });
    follow();
    await seedDocuments(installation);
    await seedMemories(installation);
  });
  afterAll(async () => {
    await worker?.stop();
    await installation?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function follow(): void {
    const blocks = blocksOf(page);
    expect(blocks).toHaveLength(8);
    mkdirSync(join(folder, 'my-jobs'));
    for (const { path, text } of blocks) writeFileSync(join(folder, path), text);
    // What this installation has besides.
    const file = join(folder, 'coppice.yaml');
    const besides = `temporal: {schedule_prefix: ${installation.schedulePrefix}}\ngraphs: {graph: null}\n`;
    writeFileSync(file, `${readFileSync(file, 'utf8')}${besides}`);
  }

  const env = () => ({ ...installation.env, COPPICE_CONFIG: join(folder, 'coppice.yaml') });
  async function cli(...args: string[]) {
    const { stdout } = await run(process.execPath, [command, ...args, '--json'], { cwd: folder, env: env() });
    return JSON.parse(stdout);
  }

  it('neither the plugin nor the examples of docs/library.md have a type error against the types of the package', async () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck'];
    const [worker = '', client = ''] = [...library.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
    writeFileSync(join(folder, 'worker.mts'), worker);
    writeFileSync(join(folder, 'client.mts'), client);
    const plugin = readdirSync(join(folder, 'my-jobs')).filter((name) => name.endsWith('.ts'));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = [...options, '--allowImportingTsExtensions', '--types', 'node', '--ignoreConfig'];
    const paths = ['worker.mts', 'client.mts', ...plugin.map((name) => join('my-jobs', name))];
    await run(process.execPath, [tsc, ...flags, ...paths], { cwd: folder }).catch(({ stdout }) => {
      expect(stdout).toBe('');
    });
  });

  it('its workflows are bundled by a command, and its contract test passes', async () => {
    expect((await cli('plugins'))[0]).toMatchObject({ bundle: null, problem: expect.stringContaining('not bundled') });
    expect(await cli('plugins', 'build')).toMatchObject([{ name: 'my-jobs', version: '1.0.0' }]);
    expect((await cli('plugins'))[0]).toMatchObject({
      bundle: expect.stringMatching(/^[0-9a-f]{64}$/),
      problem: null,
      jobs: ['overdue-cleanup', 'memory-demotion', 'table-statistics'],
    });
    const { stdout } = await run(
      process.execPath,
      ['--test', '--test-reporter=tap', 'my-jobs/overdue-cleanup.test.ts'],
      {
        cwd: folder,
        env: { ...process.env, DATABASE_URL: servers.postgresUrl, NODE_TEST_CONTEXT: undefined },
      },
    );
    expect(stdout).toMatch(/# pass 6\n# fail 0/);
  });

  it('the preview shows what the job would remove, and checks its parameters', async () => {
    const { survey } = await cli('preview', 'overdue-cleanup');
    expect(survey).toMatchObject({ rows: 6, would_delete: 2, would_hold: [] });
    const shorter = await cli('preview', 'overdue-cleanup', '--set', 'grace_days=1');
    expect(shorter.survey.would_delete).toBe(4);
    await expect(cli('preview', 'overdue-cleanup', '--set', 'grace_days=-1')).rejects.toMatchObject({ code: 2 });
  });

  it('the job removes what has been due for longer than its grace, and undo restores it', async () => {
    const before = await contentsOf(installation.parts);
    worker = await startWorkerProcess([], env(), command);
    const done = await cli('run', 'overdue-cleanup', '--wait');
    expect(done).toMatchObject({
      job: 'overdue-cleanup',
      status: 'success',
      totals: { deleted_documents: 2, deleted_vectors: 4 },
    });
    const after = await contentsOf(installation.parts);
    expect(after.documents).toEqual(['ends later', 'expired 3 days ago', 'fetched 100 days ago', 'fetched today']);
    expect(after.strays).toEqual([]);
    const undone = await cli('undo', done.run_id, '--wait');
    expect(undone.totals).toMatchObject({ restored_documents: 2, restored_vectors: 4 });
    expect(await contentsOf(installation.parts)).toEqual(before);
  });

  it('the job that changes rows changes them and no other collection, and undo writes former values back', async () => {
    const { survey } = await cli('preview', 'memory-demotion');
    expect(survey).toMatchObject({ rows: 3, due: 1, would_delete: 0, collections: [{ collection: 'facts' }] });
    const done = await cli('run', 'memory-demotion', '--wait');
    expect(done).toMatchObject({ status: 'success', totals: { demoted_memories: 1 } });
    expect(await tiers(installation)).toEqual({ idle: 'MID', short: 'SHORT', used: 'LONG' });
    const undone = await cli('undo', done.run_id, '--wait');
    expect(undone).toMatchObject({ status: 'success', totals: { restored_memories: 1, refused: 0 } });
    expect(await tiers(installation)).toEqual({ idle: 'LONG', short: 'SHORT', used: 'LONG' });
  });

  it('the job that is one task runs the activity of the plugin', async () => {
    const done = await cli('run', 'table-statistics', '--wait');
    expect(done).toMatchObject({ kind: 'task', status: 'success' });
    const { rows } =
      await sql`select from pg_class where oid = 'knowledge.documents'::regclass and reltuples = 6`.execute(
        installation.parts.db,
      );
    expect(rows).toHaveLength(1);
  });

  it('over HTTP it is a job like every other, with its own parameters', async () => {
    const { token } = await cli('token', 'create', 'page', '--scope', 'admin');
    const api = await startApiProcess(env(), command);
    try {
      const ask = async (days: number) => {
        const response = await fetch(`${api.url}/api/v1/jobs/overdue-cleanup/preview`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ parameters: { grace_days: days } }),
        });
        return { status: response.status, body: await response.json() };
      };
      // Two that were restored are on hold.
      expect(await ask(1)).toMatchObject({ status: 200, body: { survey: { rows: 6, would_delete: 2 } } });
      expect((await ask(-1)).status).toBe(400);
    } finally {
      await api.stop();
    }
  });

  it('its runs are on a task queue of its own, with the digest of the bundle in the build id', async () => {
    const [{ workflow_id: workflowId }] = await cli('runs', '--job', 'overdue-cleanup');
    const [{ bundle }] = await cli('plugins');
    const { taskQueue } = await installation.client.workflow.getHandle(workflowId).describe();
    expect(taskQueue).toBe(`coppice-${installation.id}-plugin-my-jobs`);
    const { events } = await installation.client.workflow.getHandle(workflowId).fetchHistory();
    expect(JSON.stringify(events)).toContain(`my-jobs@1.0.0+${bundle.slice(0, 12)}`);
  });

  it('a configuration without the plugin leaves its schedules alone, and health names it', async () => {
    const own = `${installation.schedulePrefix}overdue-cleanup`;
    expect((await cli('schedules', 'list')).map((one: { schedule_id: string }) => one.schedule_id)).toContain(own);
    const without = await installation.cli('schedules', 'apply', '--json');
    expect(without.json.filter((one: { change: string }) => one.change === 'deleted')).toEqual([]);
    expect((await installation.client.schedule.getHandle(own).describe()).scheduleId).toBe(own);
    const { json } = await installation.cli('health', '--json');
    expect(json.checks).toContainEqual({
      name: 'plugin my-jobs',
      ok: true,
      message: '1 polling; this configuration does not name it, and leaves its schedules alone',
    });
  });

  it('a worker refuses code that changed since it was bundled', async () => {
    writeFileSync(join(folder, 'my-jobs/more.ts'), 'export {};\n');
    const { stderr } = await run(process.execPath, [command, 'worker'], { cwd: folder, env: env() }).catch(
      (error) => error,
    );
    expect(stderr).toContain("error: plugin './my-jobs': it has changed since its workflows were bundled\n");
  });
});

/** Two chunks each. With the defaults, 14 days of grace and 90 days of age, two of the documents are overdue. */
async function seedDocuments({ parts: { db } }: Installation): Promise<void> {
  await sql`insert into knowledge.documents (id, workspace, fetched_at, expires_at) values
    ('expired 20 days ago', 'one', now() - interval '30 days', now() - interval '20 days'),
    ('expired 3 days ago', 'one', now() - interval '30 days', now() - interval '3 days'),
    ('ends later', 'one', now() - interval '300 days', now() + interval '1 day'),
    ('fetched 110 days ago', 'two', now() - interval '110 days', null),
    ('fetched 100 days ago', 'two', now() - interval '100 days', null),
    ('fetched today', 'two', now(), null)`.execute(db);
  await sql`insert into knowledge.chunks (id, document_id, text, embedding)
    select c::text, d.id, 'chunk ' || c, '[0.5,0.25]' from knowledge.documents d, generate_series(1, 2) c`.execute(db);
}

async function seedMemories({ parts: { db } }: Installation): Promise<void> {
  await sql`insert into knowledge.facts (id, user_id, tier, last_accessed_at) values
    ('idle', 'u', 'LONG', now() - interval '400 days'),
    ('used', 'u', 'LONG', now()),
    ('short', 'u', 'SHORT', now() - interval '400 days')`.execute(db);
}

async function tiers({ parts: { db } }: Installation): Promise<Record<string, string>> {
  const { rows } = await sql<{ id: string; tier: string }>`select id, tier from knowledge.facts`.execute(db);
  return Object.fromEntries(rows.map(({ id, tier }) => [id, tier]));
}
