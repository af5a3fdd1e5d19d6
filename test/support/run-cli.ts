import { execFile } from 'node:child_process';
import { runCommandLine } from '../../src/cli/run-command-line.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
  readonly json: any;
}

/** Commands that handle signals of their process. */
const longRunning = ['api', 'up', 'worker'];

/** Runs a command in this process, which saves the second that a process of its own takes to load; long-running ones get one. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  if (args.some((arg) => longRunning.includes(arg))) return runCliProcess(args, env);
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args, {
    env,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  });
  return resultOf(code, out.join(''), err.join(''));
}

/** Runs a command as a user does. */
function runCliProcess(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist/cli/main.js', ...args], { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve(resultOf(error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr));
    });
  });
}

function resultOf(code: number, stdout: string, stderr: string): CliResult {
  return {
    code,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout);
    },
  };
}
