import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { peakMemory } from './coppice.ts';

export interface ServerProcess {
  readonly url: string;
  /** CPU that it has used until now, user and system, in ms; `null` where the system does not tell. */
  cpuMs(): number | null;
  /** The most memory that it ever held; `null` where the system does not tell. */
  peakBytes(): number | null;
  stop(): Promise<void>;
}

/** A server in a process of its own that prints JSON with its `url` when it listens. */
export async function startServer(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let printed = '';
  const listening = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
      const [, url] = /"url": ?"([^"]+)"/.exec(printed) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([listening, gone.then(() => null)]);
  if (url === null) throw new Error(`the server ended at start: ${printed}`);
  return {
    url,
    cpuMs: () => (child.pid === undefined ? null : cpuTime(child.pid)),
    peakBytes: () => (child.pid === undefined ? null : peakMemory(child.pid)),
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock is. */
const tickMs = 10;

function cpuTime(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return null;
  }
}
