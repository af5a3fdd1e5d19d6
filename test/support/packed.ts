import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packs the package as npm does, and unpacks it into a folder: what a user would have in `node_modules/coppice`. */
export async function packPackage(root: string, target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-packed-'));
  // Without scripts: a build here would replace what other tests are using.
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', join(folder, archive), '-C', target, '--strip-components=1']);
  rmSync(folder, { recursive: true });
}

/** Links the dependencies of the checkout into a folder, so that nothing is fetched. */
export function linkDependencies(root: string, folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === 'coppice' || name.startsWith('.')) continue;
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'dir');
  }
}
