import type { FastifyReply, FastifyRequest } from 'fastify';
import { includesScope } from '../domain/access.ts';
import { authenticate } from '../operations/tokens.ts';
import { requireWholeView } from '../operations/visible.ts';
import { sendProblem } from './problem.ts';
import type { Api, Services } from './types.ts';

const realm = 'Bearer realm="coppice"';

/** Every route under /api/ and /maintenance/, and /metrics, asks for a token. A route that does not say for what is an error at start. */
export function protectRoutes(app: Api, { base }: Services): void {
  app.decorateRequest('principal', null);
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined && config?.open !== true) throw new Error(`route ${url} says nothing about tokens`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const { scope, whole } = request.routeOptions.config;
    if (scope === undefined) return;
    const [, given] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    if (given === undefined) return refuse(request, reply, 'NoTokenError', realm, 'no token was sent');
    const principal = await authenticate(base, given);
    if (principal === null) {
      const message = 'the token is unknown, revoked or expired';
      return refuse(request, reply, 'InvalidTokenError', `${realm}, error="invalid_token"`, message);
    }
    request.principal = principal;
    if (!includesScope(principal.scope, scope)) {
      reply.header('www-authenticate', `${realm}, error="insufficient_scope", scope="${scope}"`);
      const message = `this needs a token of scope ${scope}, and this one has ${principal.scope}`;
      return sendProblem(request, reply, 403, { name: 'InsufficientScopeError', message });
    }
    if (whole === true) requireWholeView(principal.view);
  });
}

function refuse(request: FastifyRequest, reply: FastifyReply, name: string, challenge: string, message: string) {
  reply.header('www-authenticate', challenge);
  const hint =
    'Send "Authorization: Bearer TOKEN". coppice token create makes one; the first coppice up has written one.';
  return sendProblem(request, reply, 401, { name, message, hint });
}
