import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * A folder that is filled once and then only read. It is filled under another name and renamed when complete, so that
 * a killed download leaves no half a folder, and processes that fill it at the same time do not meet.
 */
export async function cachedFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    await fill(temporary);
    await chmod(temporary, 0o755); // mkdtemp makes it private; another user may have to read it
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else another process was first: theirs is as good
  }
  return folder;
}
