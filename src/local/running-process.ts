import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether that process is running and is the one meant. Its number alone does not say so: numbers are given out again,
 * so its command line has to hold all the given words too.
 */
export function isRunning(pid: number, words: readonly string[]): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const line = commandLine(pid);
  // Unreadable means that we cannot tell: better to refuse than to open the same data twice.
  return line === undefined || words.every((word) => line.includes(word));
}

function commandLine(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    try {
      return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    } catch {
      return undefined;
    }
  }
}
