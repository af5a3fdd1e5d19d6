import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Context, installationOf } from '../../operations/context.ts';
import { sendProblem } from '../problem.ts';
import { HostCheck } from './host-check.ts';
import { SessionCookie } from './session-cookie.ts';

/** A page of another site cannot send a header of its own without being asked for permission first. */
const header = 'x-coppice-console';
const safeMethods = ['GET', 'HEAD'];

interface Origins {
  /** Origins whose pages may send tokens of their own. */
  readonly corsOrigins: readonly string[];
}

/** Sessions of the console in cookies, and the checks that rights which a browser attaches by itself need. */
export class ConsoleAccess {
  readonly #context: Context;
  readonly #hosts: HostCheck;
  readonly #corsOrigins: readonly string[];
  #cookie: SessionCookie | null = null;

  constructor(context: Context, options: ConstructorParameters<typeof HostCheck>[0] & Origins) {
    this.#context = context;
    this.#corsOrigins = options.corsOrigins;
    this.#hosts = new HostCheck(options);
  }

  /** The installation is read at the first request with a cookie: the server starts without its database, too. */
  async cookie(): Promise<SessionCookie> {
    this.#cookie ??= new SessionCookie(await installationOf(this.#context));
    return this.#cookie;
  }

  async secretOf(request: FastifyRequest): Promise<string | null> {
    return request.headers.cookie === undefined ? null : (await this.cookie()).secretOf(request);
  }

  /** Answers with 403 where the request may come from a page of another site. Returns whether it may go on. */
  admit(request: FastifyRequest, reply: FastifyReply): boolean {
    if (!this.#hosts.admit(request, reply)) return false;
    if (safeMethods.includes(request.method) || request.headers[header] !== undefined) return true;
    const message = `a change with a session of the console needs the header ${header}`;
    sendProblem(request, reply, 403, { name: 'MissingHeaderError', message });
    return false;
  }

  /**
   * The same for a user of the identity provider: a proxy may have put the token on the request of a browser, which a page
   * of another site can cause.
   */
  admitUser(request: FastifyRequest, reply: FastifyReply): boolean {
    return this.#hosts.admit(request, reply, this.#corsOrigins);
  }
}
