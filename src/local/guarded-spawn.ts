import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * Starts the command and holds a pipe to us, the lifeline. When the pipe closes, because we asked for a stop or
 * because we were killed (even by SIGKILL), it ends the command: SIGTERM first, SIGKILL after the grace. A shell does
 * this in a megabyte and is not hit by somebody's `killall -9 node`.
 */
const GUARD = `
grace=$1; shift
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
child=$!
echo "$child" >&3
exec 3>&-
{
  read -r _ <&4
  kill -TERM "$child"
  ticks=$((grace * 5))
  while [ "$ticks" -gt 0 ] && kill -0 "$child"; do sleep 0.2; ticks=$((ticks - 1)); done
  kill -KILL "$child"
} 2>/dev/null &
watcher=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM INT HUP
wait "$child"; code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
kill "$watcher" 2>/dev/null
exit "$code"
`;

export interface SpawnOptions {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Where standard output and standard error go: an open file. */
  outputFd: number;
  graceMs: number;
  uid?: number;
  gid?: number;
}

export interface GuardedProcess {
  /** Of the command itself, not of its guard. */
  pid: number;
  guard: ChildProcess;
  /** Lets go of the lifeline. */
  release(): void;
}

/**
 * The command gets a process group of its own, so that Ctrl-C in the terminal reaches us alone and we stop our
 * children in our own order. On Windows, which has no `sh`, it is started bare.
 */
export async function spawnGuarded(options: SpawnOptions): Promise<GuardedProcess> {
  const { command, args, env, cwd, outputFd, graceMs, uid, gid } = options;
  if (process.platform === 'win32') {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', outputFd, outputFd], windowsHide: true });
    await once(child, 'spawn');
    return { pid: child.pid ?? 0, guard: child, release: () => child.kill() };
  }
  const graceSeconds = String(Math.max(1, Math.ceil(graceMs / 1000)));
  const guard = spawn('/bin/sh', ['-c', GUARD, 'coppice-guard', graceSeconds, command, ...args], {
    env,
    cwd,
    uid,
    gid,
    detached: true,
    stdio: ['pipe', outputFd, outputFd, 'pipe'],
  });
  await once(guard, 'spawn');
  const pid = await readPid(guard);
  guard.stdin?.on('error', () => {}); // the guard may be gone before the lifeline is let go
  return { pid, guard, release: () => guard.stdin?.end() };
}

async function readPid(guard: ChildProcess): Promise<number> {
  const pipe = guard.stdio[3];
  if (!pipe || !('readable' in pipe)) throw new Error('The process guard has no pipe to report on');
  const lines = createInterface({ input: pipe as Readable });
  for await (const line of lines) return Number(line);
  throw new Error('The process guard ended before it started its command');
}
