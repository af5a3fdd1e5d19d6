/**
 * Builds `dist`: the compiled sources, packages bundled into one file each (`dist/packages`), the workflows bundled for the
 * worker (`dist/workflow-bundle.js`), and the console (`dist/console`). The bundles are left alone while nothing that they hold
 * has changed. Files whose sources do not exist any more are removed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole, consoleFolder } from './build-console.ts';
import { bundlePackages, bundlesFolder } from './bundle-packages.ts';
import { hashOfFiles } from './hash-of-files.ts';
import { pruneTypes } from './reachable-types.ts';

const ROOT = dirname(import.meta.dirname);
const DIST = join(ROOT, 'dist');
const BUNDLE = join(DIST, 'workflow-bundle.js');
const HASH = join(DIST, 'workflow-bundle.sha256');
/** The rooms that workflows may import, and what turns them into a bundle. */
const BUNDLED = [join(DIST, 'workflows'), join(DIST, 'jobs'), join(DIST, 'domain')];
const FAILURES = join(DIST, 'temporal', 'workflow-failures.js');
const SPANS = join(DIST, 'temporal', 'workflow-spans.js');
/** Modules that the two above import. */
const BESIDES = [join(DIST, 'temporal', 'trace-header.js')];
const TOOLS = [fileURLToPath(import.meta.url), join(ROOT, 'package-lock.json')];

compile();
removeStale();
pruneTypes(DIST, join(DIST, 'public'));
await bundlePackages(DIST);
await buildConsole(ROOT, DIST);
if (existsSync(join(ROOT, 'src', 'workflows', 'index.ts'))) await bundle();

function compile(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** A file that was compiled from a deleted source would be published. */
function removeStale(): void {
  for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
    const source = /^(.*?)(\.d\.ts|\.js|\.js\.map)$/.exec(name)?.[1];
    const bundled =
      name === 'workflow-bundle.js' || name.startsWith(bundlesFolder + sep) || name.startsWith(consoleFolder + sep);
    const ours = source !== undefined && !bundled;
    if (ours && !existsSync(join(ROOT, 'src', `${source}.ts`))) rmSync(join(DIST, name));
  }
}

async function bundle(): Promise<void> {
  const hash = hashOfFiles(ROOT, [
    ...BUNDLED.flatMap(compiledFiles),
    FAILURES,
    SPANS,
    ...BESIDES,
    ...TOOLS.filter((file) => existsSync(file)),
  ]);
  if (existsSync(BUNDLE) && existsSync(HASH) && readFileSync(HASH, 'utf8') === hash) return;
  // Only now: loading the worker takes longer than a whole build that has nothing to bundle.
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(DIST, 'workflows', 'index.js'),
    failureConverterPath: FAILURES,
    workflowInterceptorModules: [SPANS],
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(`${BUNDLE}.new`, code);
  renameSync(`${BUNDLE}.new`, BUNDLE);
  writeFileSync(HASH, hash);
}

function compiledFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => join(folder, name));
}
