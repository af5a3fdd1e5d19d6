import type { Api } from './types.ts';

/**
 * Computations that requests share while they wait, by key. A request never gets an answer whose computation began before
 * the request came: those that come during a computation share the next one. So a client reads its own writes, and a page
 * that many look at costs as much as one reader's, again and again.
 */
export class JoinedComputations<T> {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<T>>();

  get(key: string, compute: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(key, compute);
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const next = running.then(() => {
      this.#next.delete(key);
      return this.#start(key, compute);
    });
    this.#next.set(key, next);
    return next;
  }

  #start(key: string, compute: () => Promise<T>): Promise<T> {
    const answer = compute();
    const settled = answer.then(noop, noop).then(() => {
      this.#running.delete(key);
    });
    this.#running.set(key, settled);
    return answer;
  }
}

function noop(): void {
  // A failure reaches those who asked.
}

/**
 * Lets requests of one token for one address share a computation, on the routes that state `joined`, and the text that is
 * sent. Their handlers return the answer and leave the reply alone.
 */
export function joinRequests(app: Api): void {
  const computations = new JoinedComputations<string>();
  app.addHook('onRoute', (route) => {
    if (route.config?.joined !== true) return;
    const { handler } = route;
    route.handler = async function (request, reply) {
      const key = `${request.principal?.id} ${request.url}`;
      const text = await computations.get(key, async () => JSON.stringify(await handler.call(this, request, reply)));
      return reply.type('application/json; charset=utf-8').send(text);
    };
  });
}
