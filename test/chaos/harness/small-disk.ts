import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Db } from '../../../src/database/schema.ts';
import { postgresUser } from '../../../tools/servers/postgres-install.ts';

const sizeMegabytes = 48;

/**
 * Starts a command that sees a small file system at `folder`. No privileges are needed: a user namespace may mount a
 * tmpfs of its own, which is gone with the last process in it. PostgreSQL will not run as root, not even as one of a
 * namespace, so a second namespace within makes an ordinary user of it.
 */
export function smallDiskLauncher(folder: string): string[] {
  const script =
    `mount -t tmpfs -o size=${sizeMegabytes}m,mode=700 tmpfs '${folder}' && ` +
    'exec unshare --user --map-user=1000 --map-group=1000 "$@"';
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'small-disk'];
}

/** Why there can be no small disk here; `null` when there can. */
export async function smallDiskImpossible(): Promise<string | null> {
  const [command = '', ...args] = [...smallDiskLauncher('/mnt'), 'true'];
  try {
    await promisify(execFile)(command, args, { ...postgresUser(), cwd: '/' });
    return null;
  } catch {
    return 'user namespaces may not mount a tmpfs on this machine';
  }
}

/** Everything that the installation has and will have lies on the small disk; the server's own log of writes does not. */
export async function moveToSmallDisk(db: Db, folder: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db);
  for (const statement of [
    `create tablespace small location '${folder}'`,
    'alter table all in tablespace pg_default set tablespace small',
    'alter index all in tablespace pg_default set tablespace small',
    `alter database ${rows[0]?.name} set default_tablespace = small`,
  ]) {
    await sql.raw(statement).execute(db);
  }
}

/** Writes until nothing more goes on it. */
export async function fillSmallDisk(db: Db): Promise<void> {
  await sql`create table chaos.ballast (filler text) tablespace small`.execute(db);
  await sql`alter table chaos.ballast alter column filler set storage plain`.execute(db);
  for (const rows of [512, 64, 8, 1]) {
    while (await wrote(db, rows));
  }
}

async function wrote(db: Db, rows: number): Promise<boolean> {
  try {
    await sql`insert into chaos.ballast select repeat('x', 7900) from generate_series(1, ${rows})`.execute(db);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '53100') return false;
    throw error;
  }
}

/** Not by TRUNCATE: that would need a new file on the full disk. */
export async function clearSmallDisk(db: Db): Promise<void> {
  await sql`drop table chaos.ballast`.execute(db);
}
