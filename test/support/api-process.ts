import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The HTTP API as a user starts it, in a process of its own. */
export interface ApiProcess {
  readonly url: string;
  /** Lines of its log so far. */
  readonly lines: readonly string[];
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** With `main`, that of another build. */
export async function startApiProcess(env: NodeJS.ProcessEnv, main = 'dist/cli/main.js'): Promise<ApiProcess> {
  const args = [main, 'api', '--json', '--port', '0'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const gone = once(child, 'exit');
  let printed = '';
  const ready = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
      const [, url] = /"url": ?"([^"]+)"/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([ready, gone.then(() => null)]);
  if (url === null) throw new Error(`the API ended at start:\n${printed}\n${lines.slice(-20).join('\n')}`);
  return {
    url,
    lines,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
  };
}
