import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../../config/loopback.ts';
import { sendProblem } from '../problem.ts';

/**
 * Whether a request may use the rights that a browser attaches by itself. On loopback, names other than those of the
 * machine itself are refused: a page of another site could have its own name resolved to 127.0.0.1. Where a proxy is
 * configured (`trust_proxy`), the name is the proxy's to check. A page of another origin never may.
 */
export class HostCheck {
  readonly #loopback: boolean;

  constructor({ host, trustProxy }: { readonly host: string; readonly trustProxy: readonly string[] }) {
    this.#loopback = isLoopback(host) && trustProxy.length === 0;
  }

  /** Answers with 403 where it may not. Returns whether it may. Pages of the `allowed` origins may. */
  admit(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[] = []): boolean {
    const { origin } = request.headers;
    if (this.#loopback && !isLoopback(nameOf(request.host))) {
      const message = `the host name '${request.host.slice(0, 100)}' is not one of this machine`;
      const hint = 'Use http://127.0.0.1:PORT or http://localhost:PORT. Behind a proxy, set api.trust_proxy.';
      sendProblem(request, reply, 403, { name: 'HostNotAllowedError', message, hint });
      return false;
    }
    if (origin === undefined || hostOf(origin) === request.host || allowed.includes(origin)) return true;
    sendProblem(request, reply, 403, { name: 'OriginNotAllowedError', message: 'the request comes from another site' });
    return false;
  }
}

/** A host header without its port and the brackets of IPv6. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
