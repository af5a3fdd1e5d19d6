import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a running `up` writes into its data directory, so that other commands find it. */
const schema = z.object({
  pid: z.int(),
  installation: z.string(),
  task_queue: z.string(),
  database_url: z.string().nullable(),
  temporal_address: z.string(),
  namespace: z.string(),
  ui_url: z.string().nullable(),
  api_url: z.string(),
  started_at: z.string(),
});

export type RunningUp = z.infer<typeof schema>;

const fileName = 'up.json';

/** The `up` that runs on this data directory, or `null`. A file left behind by one that was killed does not count. */
export function readRunningUp(dataDir: string): RunningUp | null {
  const file = join(dataDir, fileName);
  if (!existsSync(file)) return null;
  try {
    const running = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return isAlive(running.pid) ? running : null;
  } catch {
    return null;
  }
}

export function writeRunningUp(dataDir: string, running: RunningUp): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, fileName);
  writeFileSync(`${file}.new`, JSON.stringify(running, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRunningUp(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
