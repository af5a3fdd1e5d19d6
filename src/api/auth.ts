import type { FastifyReply, FastifyRequest } from 'fastify';
import { includesScope } from '../domain/access.ts';
import { findConsoleSession, sessionDigest } from '../operations/access/console-sessions.ts';
import { IdentityProvider } from '../operations/access/identity-provider.ts';
import { authenticate, type Principal, tokenDigest, usableDigests } from '../operations/access/tokens.ts';
import { requireWholeView } from '../operations/access/visible.ts';
import { Fresh } from '../operations/monitoring/fresh.ts';
import type { ConsoleAccess } from './console/access.ts';
import { sendProblem } from './problem.ts';
import type { Attempt, RateLimits } from './rate-limits.ts';
import type { Api, Services } from './types.ts';

const realm = 'Bearer realm="coppice"';
/** How old the list of valid tokens may be that attempts of a suspect address are compared with. */
const knownForMs = 1_000;

interface Access {
  readonly limits: RateLimits;
  readonly console: ConsoleAccess;
  /** `null`: no identity provider is configured. */
  readonly identity: IdentityProvider | null;
}

/** Every route under /api/ and /maintenance/, and /metrics, asks for a token or a session of the console. A route that does not say for what is an error at start. */
export function protectRoutes(app: Api, { base }: Services, { limits, console, identity }: Access): void {
  const known = new Fresh(knownForMs, () => usableDigests(base));
  app.decorateRequest('principal', null);
  app.decorateRequest('sessionSecret', null);
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined && config?.open !== true) throw new Error(`route ${url} declares no token scope`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { scope, whole, unlimited } = request.routeOptions.config;
    if (scope === undefined) {
      if (unlimited !== true && !limits.admit(request, reply, null)) return reply;
      return;
    }
    const [, given] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    const session = request.headers.authorization === undefined ? await console.secretOf(request) : null;
    const attempt = limits.beginAttempt(request);
    const principal =
      session !== null
        ? await bearerOf(session, attempt)
        : given === undefined
          ? null
          : await principalOf(given, attempt);
    if (principal === null) {
      if (attempt.failed(reply)) refuse(request, reply, given !== undefined || session !== null);
      return reply;
    }
    attempt.succeeded();
    if (session !== null && !console.admit(request, reply)) return reply;
    if (principal.kind === 'user' && !console.admitUser(request, reply)) return reply;
    request.principal = principal;
    request.sessionSecret = session;
    if (!limits.admit(request, reply, principal.id)) return reply;
    if (!includesScope(principal.scope, scope)) {
      reply.header('www-authenticate', `${realm}, error="insufficient_scope", scope="${scope}"`);
      const message = `this needs a token of scope ${scope}, and this one has ${principal.scope}`;
      return sendProblem(request, reply, 403, { name: 'InsufficientScopeError', message });
    }
    if (whole === true) requireWholeView(principal.view);
  });

  /**
   * Of a suspect attempt only a token that is known to be valid is looked up. The list of these is read once a second at
   * most, however many attempts there are; and a valid token passes, whatever its neighbours have tried.
   */
  async function principalOf(given: string, { suspect }: Attempt): Promise<Principal | null> {
    // A signed token takes no look into the database, and the provider's keys are read a few times an hour at most.
    if (identity !== null && IdentityProvider.isSigned(given)) return identity.authenticate(given);
    if (!suspect) return authenticate(base, given);
    const digest = tokenDigest(given);
    if (digest === null || !(await known.get()).has(digest)) return null;
    return authenticate(base, given);
  }

  /** The same of a session. */
  async function bearerOf(secret: string, { suspect }: Attempt): Promise<Principal | null> {
    if (suspect && !(await known.get()).has(sessionDigest(secret))) return null;
    return (await findConsoleSession(base, secret))?.principal ?? null;
  }
}

function refuse(request: FastifyRequest, reply: FastifyReply, sent: boolean) {
  reply.header('www-authenticate', sent ? `${realm}, error="invalid_token"` : realm);
  const hint =
    'Send "Authorization: Bearer TOKEN". coppice token create makes one; the first coppice up has written one.';
  const said = sent
    ? { name: 'InvalidTokenError', message: 'the token is unknown, revoked or expired' }
    : { name: 'NoTokenError', message: 'no token was sent' };
  return sendProblem(request, reply, 401, { ...said, hint });
}
