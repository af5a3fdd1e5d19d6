import { z } from 'zod';
import { packageVersion } from '../../config/package-version.ts';
import { isLimited, visiblePartitions } from '../../domain/access.ts';
import {
  closeConsoleSession,
  findConsoleSession,
  openConsoleSession,
} from '../../operations/access/console-sessions.ts';
import { installationOf } from '../../operations/context.ts';
import type { ConsoleAccess } from '../console/access.ts';
import { sendProblem } from '../problem.ts';
import type { RateLimits } from '../rate-limits.ts';
import { instant } from '../schemas/common.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const session = z
  .object({
    token: z.string().describe('Name of the token, or of the user of the identity provider.'),
    scope: z.enum(['read', 'run', 'admin']),
    content: z.boolean().describe('Whether it shows the content of removed and changed rows.'),
    limited: z.boolean().describe('Whether it is limited to some partitions.'),
    users: z
      .array(z.string())
      .nullable()
      .describe('Users whose questions and reports it may see; `null`: all of them, and those of the organisation.'),
    installation: z.string().nullable().describe('Name of the installation; `null`: it has none.'),
    version: z.string(),
    namespace: z.string(),
    temporal_ui_url: z.string().nullable(),
    expires_at: instant.nullable().describe('When the session ends; `null`: the token itself was sent.'),
  })
  .meta({ id: 'Session' });

const secret = z.string().min(1).max(200);
const signInBody = z.union([z.strictObject({ token: secret }), z.strictObject({ link: secret })]);
const path = '/api/v1/session';
/** Outside of the API, whose document does not have it: a program sends its token. */
const consolePath = '/console/session';

/** Signing in to the console and out of it, and what the bearer of a token may do. */
export function sessionRoutes(app: Api, services: Services, limits: RateLimits, access: ConsoleAccess): void {
  const { base, contextOf, temporalUiUrl } = services;
  const version = packageVersion();
  app.get(
    path,
    {
      config: { scope: 'read' },
      schema: { tags: ['overview'], summary: 'The rights of the bearer of the token', response: { 200: session } },
    },
    async (request) => {
      const { parts, namespace } = contextOf(request);
      const { principal, sessionSecret } = request;
      if (principal === null) throw new Error('a route without a token has no one who asks');
      const found = sessionSecret === null ? null : await findConsoleSession(base, sessionSecret);
      return {
        token: principal.name,
        scope: principal.scope,
        content: principal.content,
        limited: isLimited(principal.view),
        users: wire(visiblePartitions(principal.view, 'user')),
        installation: parts.config.installation,
        version,
        namespace,
        temporal_ui_url: temporalUiUrl,
        expires_at: found?.expiresAt.toISOString() ?? null,
      };
    },
  );
  app.post(
    consolePath,
    { config: { open: true }, schema: { hide: true, body: signInBody } },
    async (request, reply) => {
      if (!access.admit(request, reply)) return reply;
      await installationOf(base);
      const attempt = limits.beginAttempt(request);
      const opened = attempt.suspect ? null : await openConsoleSession(base, request.body);
      if (opened === null) {
        if (!attempt.failed(reply)) return reply;
        const [message, hint] =
          'link' in request.body
            ? ['the link was used already, or has expired', 'Print another one: coppice console']
            : ['the token is unknown, revoked or expired', 'See coppice token list'];
        return sendProblem(request, reply, 401, { name: 'SignInError', message, hint });
      }
      attempt.succeeded();
      const cookie = await access.cookie();
      return reply
        .code(204)
        .header('set-cookie', cookie.set(request, opened.secret, opened.expiresAt))
        .send();
    },
  );
  app.delete(consolePath, { config: { scope: 'read' }, schema: { hide: true } }, async (request, reply) => {
    if (request.sessionSecret !== null) await closeConsoleSession(base, request.sessionSecret);
    return reply
      .code(204)
      .header('set-cookie', (await access.cookie()).clear(request))
      .send();
  });
}
