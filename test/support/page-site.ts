import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** Answer of the site at one path. */
export interface Page {
  readonly status?: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** So many requests are answered with this status first. */
  readonly before?: { readonly times: number; readonly status: number };
}

/** Pages that tests change at will, with an ETag each, and counts of what was asked. */
export interface PageSite {
  readonly url: string;
  readonly port: number;
  readonly pages: Map<string, Page>;
  /** Statuses answered so far, by path. */
  readonly answers: ReadonlyMap<string, readonly number[]>;
  /** Most requests that were open at the same time. */
  readonly mostAtOnce: number;
  stop(): Promise<void>;
}

/** With `latencyMs`, every answer waits so long. */
export async function startPageSite(latencyMs = 0): Promise<PageSite> {
  const pages = new Map<string, Page>();
  const answers = new Map<string, number[]>();
  let [open, mostAtOnce] = [0, 0];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    response.on('close', () => {
      open -= 1;
    });
    setTimeout(() => {
      const given = answers.get(path) ?? [];
      const status = answer(response, pages.get(path), request.headers['if-none-match'], given.length);
      answers.set(path, [...given, status]);
    }, latencyMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the site has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    pages,
    answers,
    get mostAtOnce() {
      return mostAtOnce;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, page: Page | undefined, seen: string | undefined, earlier: number): number {
  const before = page?.before;
  const early = before !== undefined && earlier < before.times ? before.status : null;
  const status = early ?? page?.status ?? (page === undefined ? 404 : 200);
  const body = page?.body ?? '';
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  const answered = status === 200 && seen === etag ? 304 : status;
  response.writeHead(answered, { 'content-type': 'text/markdown; charset=utf-8', etag, ...page?.headers });
  response.end(answered === 304 ? undefined : body);
  return answered;
}

/** Settings under which documents may come from the site, as fast as they can. */
export function settingsFor(site: PageSite): object {
  return { allow: ['127.0.0.1'], ports: [site.port], host_concurrency: 16, host_delay_ms: 0 };
}
