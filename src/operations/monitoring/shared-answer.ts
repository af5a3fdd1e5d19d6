import type { Context } from '../context.ts';
import { Fresh } from './fresh.ts';

/**
 * An answer that all requests to one server share while it is fresh, so that its cost does not grow with their number. A
 * command, which has no server, computes it each time. It is computed with the server's own context: it must not depend on
 * who asks.
 */
export class SharedAnswer<T> {
  readonly #freshMs: number;
  readonly #compute: (context: Context) => Promise<T>;
  readonly #byServer = new WeakMap<Context, Fresh<T>>();

  constructor(freshMs: number, compute: (context: Context) => Promise<T>) {
    this.#freshMs = freshMs;
    this.#compute = compute;
  }

  get(context: Context): Promise<T> {
    const { server } = context;
    return server === undefined ? this.#compute(context) : this.#of(server).get();
  }

  /** Requests that follow compute it anew. */
  forget({ server }: Context): void {
    if (server !== undefined) this.#of(server).forget();
  }

  #of(server: Context): Fresh<T> {
    const known = this.#byServer.get(server);
    if (known !== undefined) return known;
    const fresh = new Fresh(this.#freshMs, () => this.#compute(server));
    this.#byServer.set(server, fresh);
    return fresh;
  }
}
