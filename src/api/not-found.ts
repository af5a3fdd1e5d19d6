import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConsolePage } from './console/pages.ts';
import { sendProblem } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Api } from './types.ts';

/** 404, or 405 with `Allow` where the path is known under another method. Set before the routes. */
export function answerUnknown(app: Api, limits: RateLimits, page: ConsolePage): void {
  const known: { readonly url: string; readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    known.push({ url, path: pathOf(url), methods: [method].flat() });
  });
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = request.url.split('?');
    // A path that is a route by its very name is not meant as the parameter of another.
    const named = known.filter((one) => one.url === path);
    const fitting = named.length > 0 ? named : known.filter((one) => one.path.test(path));
    const methods = new Set(fitting.flatMap((one) => one.methods));
    if (methods.size === 0) {
      if (page.sendMissing(request, reply)) return reply;
      return sendProblem(request, reply, 404, { name: 'NotFoundError', message: 'there is no such page' });
    }
    const allowed = [...methods].sort().join(', ');
    reply.header('allow', allowed);
    const message = `${request.method} is not supported here, only ${allowed}`;
    return sendProblem(request, reply, 405, { name: 'MethodNotAllowedError', message });
  };
  app.setNotFoundHandler(answer);
  // Before a body is looked at: what is wrong with it does not matter here.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    if (!limits.admit(request, reply, null)) return reply;
    return answer(request, reply);
  });
}

function pathOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (!part.startsWith(':')) return part.replaceAll(/[^\w-]/g, '\\$&');
    // A parameter may say what it takes: `:report(^[0-9a-f]+$)`.
    return /\(\^(.+)\$\)$/.exec(part)?.[1] ?? '[^/]+';
  });
  return new RegExp(`^${parts.join('/')}$`);
}
