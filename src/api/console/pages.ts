import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../problem.ts';
import type { Api } from '../types.ts';

/** Where `npm run build` puts the console, seen from `dist/api/console` and from `src/api/console` alike. */
const folder = join(import.meta.dirname, '..', '..', '..', 'dist', 'console');

/** Paths of the console's views: each answers with the page, so that one can be opened and reloaded by its address. */
const consolePaths = [
  '/',
  '/sign-in',
  '/jobs',
  '/jobs/:id',
  '/runs',
  '/runs/:id',
  '/dead-letters',
  '/holds',
  '/groups',
  '/stores',
  '/review',
  '/review/:id',
  '/merges/:id',
  '/insights',
  '/reports',
  '/reports/:id',
];

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything comes from this server, as files; no text of a store can become a script. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const forever = 'public, max-age=31536000, immutable';

interface StaticFile {
  readonly type: string;
  readonly content: Buffer;
  readonly zipped: Buffer;
}

/** Below these, an address is a program's, which understands a problem document and no page. */
const programPaths = /^\/(?:api|maintenance|assets|console)\//;

/** The page of the console. It is read once: it is small, and does not change while the server runs. */
export class ConsolePage {
  readonly #index: StaticFile | null;

  constructor() {
    const path = join(folder, 'index.html');
    this.#index = existsSync(path) ? fileOf(path, 'text/html; charset=utf-8') : null;
  }

  send(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (this.#index === null) {
      const message = 'the console is not part of this build';
      return sendProblem(request, reply, 404, { name: 'NoConsoleError', message, hint: 'Run npm run build.' });
    }
    reply.header('cache-control', 'no-cache').header('content-security-policy', policy);
    return send(request, reply, this.#index);
  }

  /** Answers a browser that opens an address which does not exist: the page says so. Returns whether it has answered. */
  sendMissing(request: FastifyRequest, reply: FastifyReply): boolean {
    const opens = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '');
    if (!opens || this.#index === null || programPaths.test(request.url)) return false;
    this.send(request, reply.code(404));
    return true;
  }
}

/** The console's page under its addresses, and its files. */
export function consolePages(app: Api, page: ConsolePage): void {
  const options = { config: { open: true, unlimited: true }, schema: { hide: true } };
  for (const path of consolePaths) app.get(path, options, async (request, reply) => page.send(request, reply));
  const assets = join(folder, 'assets');
  for (const name of existsSync(assets) ? readdirSync(assets) : []) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const file = fileOf(join(assets, name), type);
    // The name holds a digest of the content.
    app.get(`/assets/${name}`, options, async (request, reply) =>
      send(request, reply.header('cache-control', forever), file),
    );
  }
}

function fileOf(path: string, type: string): StaticFile {
  const content = readFileSync(path);
  return { type, content, zipped: gzipSync(content) };
}

function send(request: FastifyRequest, reply: FastifyReply, { type, content, zipped }: StaticFile): FastifyReply {
  const zips = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  reply.type(type).header('vary', 'accept-encoding');
  return zips ? reply.header('content-encoding', 'gzip').send(zipped) : reply.send(content);
}
