import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentsOf } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { applyDiff, blocksOf } from './page-blocks.ts';

const run = promisify(execFile);
const root = dirname(dirname(import.meta.dirname));
const page = readFileSync(join(root, 'docs/add-a-job.md'), 'utf8');

describeEndToEnd('docs/add-a-job.md, followed to the letter', (servers) => {
  let copy: string;
  let installation: Installation;
  let worker: ChildProcess | null = null;

  beforeAll(async () => {
    copy = copyOfCheckout();
    follow(copy);
    await run(process.execPath, ['tools/build.ts'], { cwd: copy });
    const collections = { documents: {}, facts: { kind: 'memories' } };
    installation = await createInstallation({ ...servers, settings: { collections } });
    await seedDocuments(installation);
    await seedMemories(installation);
  });
  afterAll(async () => {
    if (worker !== null) {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }
    await installation?.close();
    rmSync(copy, { recursive: true, force: true });
  });

  async function cli(...args: string[]) {
    const { stdout } = await run(process.execPath, ['dist/cli/main.js', ...args, '--json'], {
      cwd: copy,
      env: installation.env,
    });
    return JSON.parse(stdout);
  }

  it('the reference names the new job', async () => {
    await run(process.execPath, ['tools/generate-docs.ts'], { cwd: copy });
    expect(readFileSync(join(copy, 'docs/jobs.md'), 'utf8')).toContain('`grace_days`');
  });

  it('the preview shows what the job would remove', async () => {
    const { survey } = await cli('preview', 'overdue-cleanup');
    expect(survey).toMatchObject({ rows: 6, would_delete: 2, would_hold: [] });
    const shorter = await cli('preview', 'overdue-cleanup', '--set', 'grace_days=1');
    expect(shorter.survey.would_delete).toBe(4);
  });

  it('the job removes what has been due for longer than its grace, and undo brings it back', async () => {
    const before = await contentsOf(installation.parts);
    worker = await startWorker(copy, installation.env);
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

  it('the worker has made its schedule', async () => {
    const schedules: { schedule_id: string }[] = await cli('schedules', 'list');
    expect(schedules.map((one) => one.schedule_id)).toContain(`${installation.schedulePrefix}overdue-cleanup`);
  });
});

/** Everything but what is fetched or built; dependencies are shared. */
function copyOfCheckout(): string {
  const copy = mkdtempSync(join(tmpdir(), 'coppice-page-'));
  const left = new Set(['node_modules', '.git', 'dist', '.coppice', 'coverage']);
  cpSync(root, copy, { recursive: true, filter: (path) => path === root || !left.has(basename(path)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  return copy;
}

function follow(copy: string): void {
  const blocks = blocksOf(page);
  expect(blocks.map((block) => block.kind).toSorted()).toEqual([
    ...Array.from({ length: 8 }, () => 'diff'),
    ...Array.from({ length: 9 }, () => 'file'),
  ]);
  for (const { kind, path, text } of blocks) {
    const file = join(copy, path);
    expect(existsSync(file), path).toBe(kind === 'diff');
    writeFileSync(file, kind === 'file' ? text : applyDiff(readFileSync(file, 'utf8'), text));
  }
}

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

async function startWorker(cwd: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const worker = spawn(process.execPath, ['dist/cli/main.js', 'worker', '--json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(worker, 'exit').then(() => {
    throw new Error('the worker ended at start');
  });
  await Promise.race([once(worker.stdout, 'data'), gone]);
  gone.catch(() => {});
  return worker;
}
