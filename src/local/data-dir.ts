import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** The data directory could be read or changed by another user, and that cannot be repaired. */
export class UnsafeDataDirError extends Error {
  override readonly name = 'UnsafeDataDirError';
  readonly hint = 'Give all of it to this user (chown -R), or choose another folder with --data-dir.';
}

const othersMay = 0o077;
const othersMayWrite = 0o022;

/**
 * Creates the data directory, or checks the one that exists, at every start. It holds the embedded database, its
 * access rules and a token: whoever can write there could let themselves in. Permissions of other users are taken away;
 * a link, or a file of another user, is refused.
 *
 * @throws {UnsafeDataDirError} naming the file
 */
export function ensureDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  // Windows has other permissions; its folders belong to their user.
  if (uid === undefined) return;
  repair(dataDir, check(dataDir, uid), othersMay);
  for (const entry of readdirSync(dataDir, { recursive: true, encoding: 'utf8' })) {
    const file = join(dataDir, entry);
    const stats = check(file, uid);
    if (stats !== null) repair(file, stats, othersMayWrite);
  }
}

/** `null`: a file that another process has removed meanwhile. */
function check(file: string, uid: number): Stats | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isSymbolicLink()) throw new UnsafeDataDirError(`${file} is a link: the data directory may contain none`);
  if (stats.uid !== uid) throw new UnsafeDataDirError(`${file} belongs to user ${stats.uid}, not to user ${uid}`);
  return stats;
}

function repair(file: string, stats: Stats | null, forbidden: number): void {
  if (stats === null || (stats.mode & forbidden) === 0) return;
  chmodSync(file, stats.mode & 0o7777 & ~forbidden);
}
