import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../support/until.ts';

/** A fenced block of a page: ```` ```LANGUAGE INFO ````. */
export interface Fence {
  readonly language: string;
  readonly info: string;
  readonly text: string;
}

export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w+)(?: ([^\n]+))?\n(.*?)^```$/gms)].map(
    ([, language = '', info = '', text = '']) => ({
      language,
      info,
      text,
    }),
  );
}

/**
 * The lines that a page promises and that are not in the output, in this order. `…` stands for anything, and so does the
 * number of spaces that a table needs for it.
 */
export function missingLines(promised: string, output: string): string[] {
  const rest = output.split('\n');
  return promised
    .split('\n')
    .filter((line) => line.trim() !== '')
    .filter((line) => {
      const at = rest.findIndex((one) => pattern(line).test(one));
      if (at >= 0) rest.splice(0, at + 1);
      return at < 0;
    });
}

function pattern(line: string): RegExp {
  const parts = line.trimEnd().split('…');
  const literal = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/ {2,}/g, ' {2,}'));
  return new RegExp(`^${literal.join('.*')}\\s*$`);
}

export interface Terminal {
  /** Runs a block as if it were pasted; variables stay for the next one. */
  paste(script: string): Promise<{ readonly code: number; readonly output: string }>;
  /** Runs a block in another terminal until it has printed what the page promises. */
  second(script: string, promised: string): Promise<void>;
  /** Ctrl-C in the other terminal. */
  interrupt(): Promise<number | null>;
}

/** A person's terminals, in one folder. */
export function openTerminal(folder: string, env: NodeJS.ProcessEnv): Terminal {
  const state = join(folder, '.terminal');
  let other: ChildProcess | null = null;
  return {
    paste: (script) =>
      new Promise((resolve) => {
        // Every variable is kept, as the shell of a terminal keeps it, and a command that fails ends the block.
        const whole = `set -aeo pipefail\n[ ! -f "${state}" ] || . "${state}"\ntrap 'export -p > "${state}"' EXIT\n`;
        const shell = ['-c', `exec 2>&1\n${whole}${script}`];
        execFile('bash', shell, { cwd: folder, env, maxBuffer: 64 << 20 }, (error, output) => {
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output });
        });
      }),
    second: async (script, promised) => {
      const child = spawn('bash', ['-c', `exec 2>&1\nset -e\n${script}`], {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      other = child;
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      await until(`the second terminal prints:\n${promised}`, async () => {
        if (child.exitCode !== null) throw new Error(`the second terminal ended:\n${output}`);
        return missingLines(promised, output).length === 0;
      });
    },
    interrupt: async () => {
      if (other?.pid === undefined) return null;
      const child = other;
      other = null;
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        process.kill(-(child.pid ?? 0), 'SIGINT');
        await gone;
      }
      return child.exitCode;
    },
  };
}
