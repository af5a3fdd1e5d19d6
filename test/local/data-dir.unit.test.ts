import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureDataDir, UnsafeDataDirError } from '../../src/local/data-dir.ts';
import { DamagedPidFileError, lockPidFile } from '../../src/local/pid-file.ts';
import { temporaryFolder } from './support.ts';

const modeOf = (file: string) => statSync(file).mode & 0o777;

describe('the data directory', () => {
  it('is created for its owner alone', () => {
    const dir = join(temporaryFolder(), 'deep', 'data');
    ensureDataDir(dir);
    expect(modeOf(dir)).toBe(0o700);
  });

  it('loses the permissions of other users, its files too', () => {
    const dir = temporaryFolder();
    chmodSync(dir, 0o777);
    mkdirSync(join(dir, 'postgres'));
    const file = join(dir, 'postgres', 'pg_hba.conf');
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    ensureDataDir(dir);
    expect([modeOf(dir), modeOf(file)]).toEqual([0o700, 0o644]);
  });

  it('is refused with a link in it', () => {
    const dir = temporaryFolder();
    symlinkSync('/etc/hosts', join(dir, 'postgres'));
    expect(() => ensureDataDir(dir)).toThrow(UnsafeDataDirError);
  });

  it.skipIf(process.getuid?.() !== 0)('is refused with a file of another user', async () => {
    const { chownSync } = await import('node:fs');
    const dir = temporaryFolder();
    const file = join(dir, 'token');
    writeFileSync(file, 'mine');
    chownSync(file, 65_534, 65_534);
    expect(() => ensureDataDir(dir)).toThrow(`${file} belongs to user 65534`);
  });
});

describe('a damaged pid file', () => {
  const lock = (file: string) => lockPidFile({ file, words: ['up'], waitMs: 0 });

  it.each(['', 'garbage', '-1', '1e3', '99999999999'])('with the text %j is taken over', async (text) => {
    const file = join(temporaryFolder(), 'up.pid');
    writeFileSync(file, text);
    const unlock = await lock(file);
    expect(statSync(file).size).toBe(String(process.pid).length);
    unlock();
  });

  it('that is a link to nothing, or a folder, is named and not waited for', async () => {
    const dir = temporaryFolder();
    symlinkSync(join(dir, 'missing'), join(dir, 'link.pid'));
    mkdirSync(join(dir, 'folder.pid'));
    await expect(lock(join(dir, 'link.pid'))).rejects.toThrow(DamagedPidFileError);
    await expect(lock(join(dir, 'folder.pid'))).rejects.toThrow('folder.pid cannot be read (EISDIR)');
  });
});
