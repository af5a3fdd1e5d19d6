import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface ServerFolder {
  path: string;
  /** Removes a temporary folder, keeps a named one. */
  remove(): void;
}

/** Starts a server in its folder; a temporary one does not outlive a failed start. */
export async function inServerFolder<T>(
  name: string,
  dir: string | undefined,
  start: (folder: ServerFolder) => Promise<T>,
): Promise<T> {
  const folder = serverFolder(name, dir);
  try {
    return await start(folder);
  } catch (error) {
    folder.remove();
    throw error;
  }
}

function serverFolder(name: string, dir: string | undefined): ServerFolder {
  if (dir !== undefined) {
    const path = resolve(dir);
    mkdirSync(path, { recursive: true });
    return { path, remove() {} };
  }
  const path = mkdtempSync(join(tmpdir(), `coppice-${name}-`));
  chmodSync(path, 0o755); // the server may run as another user
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The signal to the server itself, then waits for its end to be noticed. */
export async function killServer(
  child: { pid: number; exited: Promise<string> },
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  process.kill(child.pid, signal);
  await child.exited;
}
