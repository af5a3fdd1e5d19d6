import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the site answers one path. `page` is the common case; `handle` does whatever HTTP can do wrong. */
export type SiteAnswer = SitePage | SiteHandler;

export interface SitePage {
  readonly body: string | Uint8Array;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** When set, conditional requests with it are answered 304. */
  readonly etag?: string;
}

export type SiteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A request as the site saw it. */
export interface SiteVisit {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly atMs: number;
}

export interface LocalSite {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly visits: SiteVisit[];
  /** Most requests that were under way at the same time. */
  readonly mostAtOnce: number;
  /** Bytes of bodies handed to sockets. */
  readonly sentBytes: number;
  /** Sets how a path (with its query) is answered from now on. */
  set(path: string, answer: SiteAnswer): void;
  /** Each answer is held back for so long. */
  latencyMs: number;
  stop(): Promise<void>;
}

/** A site on this machine that answers as it is told and watches its visitors. */
export async function startLocalSite(host = '127.0.0.1'): Promise<LocalSite> {
  const answers = new Map<string, SiteAnswer>();
  const visits: SiteVisit[] = [];
  let [atOnce, mostAtOnce, sentBytes] = [0, 0, 0];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    visits.push({ path, headers: request.headers, atMs: performance.now() });
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    response.once('close', () => {
      atOnce -= 1;
    });
    const write = response.write.bind(response);
    response.write = (chunk: unknown, ...rest: unknown[]) => {
      sentBytes += typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk.length : 0;
      return Reflect.apply(write, response, [chunk, ...rest]);
    };
    const run = async () => {
      if (site.latencyMs > 0) await sleep(site.latencyMs);
      await answer(answers.get(path), request, response);
    };
    run().catch(() => response.destroy());
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the local site has no port');
  const site: LocalSite = {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    visits,
    get mostAtOnce() {
      return mostAtOnce;
    },
    get sentBytes() {
      return sentBytes;
    },
    latencyMs: 0,
    set: (path, one) => void answers.set(path, one),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return site;
}

async function answer(found: SiteAnswer | undefined, request: IncomingMessage, response: ServerResponse) {
  if (typeof found === 'function') return await found(request, response);
  if (found === undefined)
    return void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>');
  const { body, status = 200, headers = {}, etag } = found;
  const own = etag === undefined ? {} : { etag };
  if (etag !== undefined && request.headers['if-none-match'] === etag) return void response.writeHead(304, own).end();
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = { 'content-length': String(bytes.byteLength) };
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...length, ...own, ...headers }).end(bytes);
}

/** A page as documentation sites make them: menus, scripts and a footer around an article of its own words. */
export function sitePage(topic: string, paragraphs = 8, revision = 1): string {
  const parts = Array.from({ length: paragraphs }, (_, at) => {
    const number = at + 1;
    return `
      <h2 id="part-${number}">Part ${number} of ${topic}<a class="headerlink" href="#part-${number}">¶</a></h2>
      <p>Part ${number} explains how <em>${topic}</em> is set up in revision ${revision}, what each of the
        ${number + 2} settings does, and <a href="/help">how to find out</a> why it fails.</p>
      <ul><li>Setting <code>${topic}_limit_${number}</code> is ${number * 10}.</li><li>Others follow.</li></ul>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${topic} – Handbook</title>
<style>body { color: black }</style><script>track("${topic}")</script></head>
<body>
  <header><a href="/">Handbook</a><nav><ul><li><a href="/a">First page</a></li><li><a href="/b">Second page</a></li></ul></nav></header>
  <main><article><h1>${topic}</h1>${parts.join('')}
    <pre><code class="language-sh">coppice run ${topic}
# not a heading</code></pre>
    <table><thead><tr><th>Name</th><th>Default</th></tr></thead><tbody><tr><td>limit</td><td>10</td></tr></tbody></table>
  </article></main>
  <footer>© Handbook, all rights reserved</footer>
</body></html>`;
}
