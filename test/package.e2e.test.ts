import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../tools/servers/database.ts';
import { describeEndToEnd } from './support/requires.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const prefix = `p${randomBytes(4).toString('hex')}-`;

const bundle = 'dist/workflow-bundle.js';

/** Kinds of files in the package. */
const contents: Readonly<Record<string, RegExp>> = {
  'compiled code': /^dist\/(?!console\/|packages\/|workflow-bundle).*\.js$/,
  'types of the entry points': /^dist\/(?!console\/|packages\/).*\.d\.ts$/,
  'code of packages that are bundled': /^dist\/packages\/kysely-[\d.]+\/([a-z-]+\.js|LICENSE)$/,
  'bundle of the workflows': /^dist\/workflow-bundle\.js$/,
  'page of the console': /^dist\/console\/(index\.html|[a-z-]+\.svg|assets\/[\w.-]+\.(js|css|svg|woff2))$/,
  'the command': /^(bin\/coppice\.mjs|tools\/node\.mjs)$/,
  documentation: /^(docs\/[a-z-]+\.md|(README|CHANGELOG|SECURITY)\.md)$/,
  'licence and manifest': /^(LICENSE|package\.json)$/,
};

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
    const flags = ['--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
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

  it('holds what a user needs, kind by kind, and nothing else', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => relative(installed, join(one.parentPath, one.name)));
    const kinds = Map.groupBy(files, (file) => Object.keys(contents).find((kind) => contents[kind]?.test(file)));
    expect(kinds.get(undefined), 'files of no kind that is listed').toBeUndefined();
    expect(Object.keys(contents).filter((kind) => !kinds.has(kind))).toEqual([]);
    expect(readFileSync(join(installed, bundle)).equals(readFileSync(join(root, bundle)))).toBe(true);
    expect(existsSync(join(home, 'node_modules/typescript'))).toBe(false);
  });

  it('is as large as docs/versions.md states, packed, unpacked and with all dependencies', () => {
    const page = readFileSync(join(root, 'docs/versions.md'), 'utf8');
    const [, ...stated] = /archive is ([\d.]+) MB.*unpacks to ([\d.]+) MB.*takes (\d+) MB/s.exec(page) ?? [];
    const archive = statSync(join(folder, 'coppice-0.1.0.tgz')).size;
    const measured = [archive, sizeOf(installed), sizeOf(join(home, 'node_modules'))].map((bytes) => bytes / 1e6);
    for (const [at, size] of measured.entries()) {
      const ratio = size / Number(stated[at]);
      expect(ratio, `${size.toFixed(1)} MB, where ${stated[at]} MB are stated`).toBeGreaterThan(0.85);
      expect(ratio, `${size.toFixed(1)} MB, where ${stated[at]} MB are stated`).toBeLessThan(1.15);
    }
  });

  it('works without the embedded database, and names the command that installs it where one is needed', async () => {
    expect(existsSync(join(home, 'node_modules/@electric-sql'))).toBe(false);
    const { DATABASE_URL: _, ...without } = env();
    const failed = await run(command, ['runs'], { cwd: home, env: without }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: no database is configured.*\n.*npm install @electric-sql\/pglite@/),
    });
    expect(failed).toMatchObject({ stderr: expect.not.stringContaining('    at ') });
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

/** Bytes of all files of a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
}
