import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The worker as a user starts it, in a process of its own that can be killed. */
export interface WorkerProcess {
  readonly pid: number;
  /** Lines of its log so far. */
  readonly lines: readonly string[];
  /** SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** With `main`, that of another build. */
export async function startWorkerProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  main = 'dist/cli/main.js',
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [main, 'worker', '--json', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const gone = once(child, 'exit');
  // An error is a line of JSON too.
  const ready = new Promise<'ready'>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"task_queue"')) resolve('ready');
      else lines.push(line);
    });
  });
  const first = await Promise.race([ready, gone.then(() => 'gone')]);
  if (first === 'gone') throw new Error(`the worker ended at start:\n${lines.slice(-20).join('\n')}`);
  return {
    pid: pidOf(child),
    lines,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: async () => {
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      await gone;
      return child.exitCode;
    },
    signal: (name) => {
      child.kill(name);
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the worker has no pid');
  return child.pid;
}
