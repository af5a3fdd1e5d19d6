import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOfFiles } from './hash-of-files.ts';

export const consoleFolder = 'console';

/** Bundles the console into `dist/console`, unless nothing of it has changed. */
export async function buildConsole(root: string, dist: string): Promise<void> {
  const source = join(root, 'console');
  const stamp = join(dist, 'console.sha256');
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const shared = ['requests.ts', 'schema.ts'].map((name) => join(root, 'src', 'client', name));
  const hash = hashOfFiles(root, [...files, ...shared, join(root, 'package-lock.json')]);
  const page = join(dist, consoleFolder, 'index.html');
  if (existsSync(page) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  // Only now: to load it takes longer than a whole build that has nothing to bundle.
  const { build } = await import('vite');
  await build({ configFile: join(source, 'vite.config.ts') });
  writeFileSync(stamp, hash);
}
