import { once } from 'node:events';
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** A site on a thread of its own: every page another one, each after the same wait. A path that says so is of 50 MB. */
export interface LatencySite {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startLatencySite(latencyMs: number): Promise<LatencySite> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { latencyMs } });
  const [port] = await once(worker, 'message');
  return {
    port: Number(port),
    stop: async () => {
      await worker.terminate();
    },
  };
}

const sentence = 'A page says what it has to say in plain words, and then it says some more of the same kind. ';

/** Some 6 kB of Markdown, of which no two pages have the same. */
function pageOf(path: string): string {
  const sections = Array.from(
    { length: 8 },
    (_, at) => `## Section ${at} of ${path}\n\n${`${path}: ${sentence}`.repeat(6).trim()}`,
  );
  return [`# Page ${path}`, ...sections].join('\n\n');
}

/** Pages below this path are as large as any that is asked for. */
export const largePath = '/large';
export const largeBytes = 50_000_000;

/** As many different pages as it takes. */
function largePageOf(path: string): string {
  const pages: string[] = [];
  for (let bytes = 0; bytes < largeBytes; bytes += pages.at(-1)?.length ?? 0)
    pages.push(pageOf(`${path}/${pages.length}`));
  return pages.join('\n\n').slice(0, largeBytes);
}

if (!isMainThread && typeof workerData === 'object' && workerData !== null && 'latencyMs' in workerData) {
  const latencyMs = Number(workerData.latencyMs);
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const body = path.startsWith(largePath) ? largePageOf(path) : pageOf(path);
    setTimeout(() => response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' }).end(body), latencyMs);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    parentPort?.postMessage(typeof address === 'object' ? address?.port : 0);
  });
}
