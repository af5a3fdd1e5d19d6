import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PORT_CLASH, PortClashError } from './free-port.ts';
import { FullDiskError, isDiskFull } from './full-disk.ts';
import { spawnGuarded } from './guarded-spawn.ts';

const POLL_MS = 100;
const QUOTED_LOG_LINES = 15;
const QUOTED_LINE_CHARACTERS = 300;

export interface ChildOptions {
  /** Name of the program in messages. */
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Its output; the log of the start before is kept beside it as `.old`. */
  logFile: string;
  /**
   * Text that its output must contain before it is asked: an answer alone may come from another process on its port.
   */
  announces: string;
  /** Asked again and again until true. May throw, which means not yet. */
  isHealthy(): Promise<boolean>;
  healthTimeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  graceMs?: number;
  uid?: number;
  gid?: number;
  /** Gives up the start, and stops what was started. */
  signal?: AbortSignal;
}

export interface Child {
  pid: number;
  /** Settles when the process has ended, for whatever reason; says how. */
  exited: Promise<string>;
  /** SIGTERM, a grace, SIGKILL; resolves once the process is gone. Any number of calls. */
  stop(): Promise<void>;
}

/** Starts a process that lives no longer than we do, and waits until it is healthy. */
export async function startChild(options: ChildOptions): Promise<Child> {
  options.signal?.throwIfAborted();
  const graceMs = options.graceMs ?? 10_000;
  const outputFd = openLog(options.logFile);
  const { pid, guard, release } = await spawnGuarded({ ...options, graceMs, outputFd }).finally(() =>
    closeSync(outputFd),
  );

  let end: string | undefined;
  const exited = once(guard, 'exit').then(([code, signal]) => {
    // Only a guard that was itself killed can leave its command behind.
    if (signal && process.platform !== 'win32') kill(pid);
    end = signal ? `its guard was ended by ${signal}` : describeExit(Number(code));
    return end;
  });
  const stop = async () => {
    release();
    await exited;
  };

  const deadline = Date.now() + options.healthTimeoutMs;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      if (await isHealthy(options)) return { pid, exited, stop };
      if (end) throw new Error(`${options.name} ended while starting (${end})`);
      if (Date.now() > deadline) {
        throw new Error(`${options.name} was not ready within ${options.healthTimeoutMs / 1000} s`);
      }
      await Promise.race([exited, delay(POLL_MS)]);
    }
  } catch (error) {
    const endedByItself = end !== undefined;
    await stop();
    if (options.signal?.aborted) throw error;
    const folder = dirname(options.logFile);
    if (isDiskFull(folder)) throw new FullDiskError(folder);
    const reason = error instanceof Error ? error.message : String(error);
    const output = readFileSync(options.logFile, 'utf8');
    const message = `${reason}. Last lines of ${options.logFile}:\n${lastLines(output)}`;
    throw endedByItself && PORT_CLASH.test(output) ? new PortClashError(message) : new Error(message);
  }
}

async function isHealthy(options: ChildOptions): Promise<boolean> {
  const output = readFileSync(options.logFile, 'utf8');
  if (!output.includes(options.announces) || PORT_CLASH.test(output)) return false;
  try {
    return await options.isHealthy();
  } catch {
    return false;
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file)) renameSync(file, `${file}.old`);
  return openSync(file, 'a', 0o600);
}

function lastLines(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-QUOTED_LOG_LINES);
  return lines.map((line) => `  ${line.slice(0, QUOTED_LINE_CHARACTERS)}`).join('\n');
}

/** A shell reports the death of its child by signal n as 128 + n. */
function describeExit(code: number): string {
  return code > 128 ? `signal ${code - 128}` : `exit code ${code}`;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // already gone
  }
}
