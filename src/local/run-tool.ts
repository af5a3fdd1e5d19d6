import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

const run = promisify(execFile);

/** Runs a program to its end and gives its standard output; an error carries what it said on standard error. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: { timeoutMs: number; env?: NodeJS.ProcessEnv; cwd?: string; signal?: AbortSignal },
): Promise<string> {
  const { timeoutMs, ...rest } = options;
  const { stdout } = await run(command, args, { ...rest, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES });
  return stdout;
}
