import type { Api } from './types.ts';

const lookEveryMs = 50;

/**
 * Lets a server close without breaking off what it has begun. `close` of Fastify stops listening and waits for the
 * connections; beyond the grace time these are cut. Handlers whose client has left are waited for too, because the stores
 * that they work with are closed next.
 */
export function closeInOrder(app: Api, graceMs: number): void {
  const working = new Set<Promise<unknown>>();
  let closing = false;
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const answer: unknown = handler.call(this, request, reply);
      if (!(answer instanceof Promise)) return answer;
      working.add(answer);
      const done = () => working.delete(answer);
      answer.then(done, done);
      return answer;
    };
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept for the next request would keep the server from closing.
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('preClose', async () => {
    closing = true;
    const idle = setInterval(() => app.server.closeIdleConnections(), lookEveryMs);
    const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
    app.server.once('close', () => {
      clearInterval(idle);
      clearTimeout(cut);
    });
  });
  app.addHook('onClose', async () => {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, graceMs);
    await Promise.race([Promise.allSettled(working), over.promise]);
    clearTimeout(timer);
  });
}
