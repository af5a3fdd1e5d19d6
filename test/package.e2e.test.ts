import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../tools/servers/database.ts';
import { describeEndToEnd } from './support/requires.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const prefix = `p${randomBytes(4).toString('hex')}-`;

/** As somebody else's machine has it: a folder with nothing in it, and the archive that `npm pack` makes. */
describeEndToEnd('the package, installed in an empty folder', ({ postgresUrl, temporalAddress }) => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-package-'));
  const home = join(folder, 'application');
  const installed = join(home, 'node_modules/coppice');
  let database: TestDatabase;
  let worker: ChildProcess | null = null;

  beforeAll(async () => {
    database = await createDatabase(postgresUrl);
    mkdirSync(home);
    // Without scripts: a build here would replace what other tests are using.
    const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: root,
    });
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    expect(packed.stdout).toContain(archive);
    writeFileSync(join(home, 'package.json'), '{"private": true}');
    const flags = ['--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...flags, join(folder, archive)], { cwd: home });
  });
  afterAll(async () => {
    if (worker !== null) {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }
    if (existsSync(installed)) await coppice('uninstall', '--yes', '--json');
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const env = () => ({
    ...process.env,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress,
    COPPICE_CONFIG: '',
    NO_COLOR: '1',
  });
  const command = join(home, 'node_modules/.bin/coppice');
  const coppice = async (...args: string[]) => (await run(command, args, { cwd: home, env: env() })).stdout;

  it('holds what it needs to run and to be read, and no sources, tests or build of its own', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    for (const file of [
      'dist/workflow-bundle.js',
      'dist/console/index.html',
      'bin/coppice.mjs',
      'tools/node.mjs',
      'docs/operations.md',
      'LICENSE',
    ]) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => /(^|\/)(src|test|bench|node_modules)(\/|$)|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    const bundle = 'dist/workflow-bundle.js';
    expect(readFileSync(join(installed, bundle)).equals(readFileSync(join(root, bundle)))).toBe(true);
    expect(existsSync(join(home, 'node_modules/typescript'))).toBe(false);
  });

  it('knows its version and its commands', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await coppice('--version')).toBe(`${version}\n`);
    expect(await coppice('--help')).toContain('coppice preview ttl-cleanup');
  });

  it('migrates, previews, and runs with the bundle that was built before', async () => {
    writeFileSync(join(home, 'coppice.yaml'), `temporal: {schedule_prefix: ${prefix}}\n`);
    await coppice('migrate');
    const preview = JSON.parse(await coppice('preview', 'ttl-cleanup', '--json'));
    expect(preview).toMatchObject({ status: 'preview', survey: { rows: 0 } });
    worker = spawn(command, ['worker', '--json'], { cwd: home, env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
    const { stdout } = worker;
    if (stdout === null) throw new Error('the worker has no standard output');
    const gone = once(worker, 'exit').then(() => Promise.reject(new Error('the worker ended at start')));
    gone.catch(() => {});
    await Promise.race([once(stdout, 'data'), gone]);
    const done = JSON.parse(await coppice('run', 'ttl-cleanup', '--wait', '--json'));
    expect(done).toMatchObject({ status: 'success', totals: { deleted_documents: 0 } });
  });
});
