import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { IdentityProvider } from '../operations/access/identity-provider.ts';
import type { Context } from '../operations/context.ts';
import { mostWaits } from './answer-run.ts';
import { protectRoutes } from './auth.ts';
import { closeRunsUntil } from './close-runs.ts';
import { compatRoutes } from './compat/index.ts';
import { maintenanceRoutes } from './compat/maintenance.ts';
import { memoryJobRoutes } from './compat/memory-jobs.ts';
import { ConsoleAccess } from './console/access.ts';
import { ConsolePage, consolePages } from './console/pages.ts';
import { joinRequests } from './joined-requests.ts';
import { metricsRoutes } from './metrics.ts';
import { answerUnknown } from './not-found.ts';
import { describeApi, serveOpenApi } from './openapi.ts';
import { Places } from './places.ts';
import { longestPathPart, onError } from './problem.ts';
import { RateLimits } from './rate-limits.ts';
import { refuseConnection } from './refuse-connection.ts';
import { bulkActionRoutes } from './routes/bulk-actions.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { eventRoutes } from './routes/events.ts';
import { groupRoutes } from './routes/groups.ts';
import { healthRoutes, probeRoutes } from './routes/health.ts';
import { holdRoutes } from './routes/holds.ts';
import { intelligenceRoutes } from './routes/intelligence.ts';
import { jobRoutes } from './routes/jobs.ts';
import { leaseRoutes } from './routes/leases.ts';
import { mergeRoutes } from './routes/merges.ts';
import { overviewRoutes } from './routes/overview.ts';
import { proposalRoutes } from './routes/proposals.ts';
import { runRoutes } from './routes/runs.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { sessionRoutes } from './routes/session.ts';
import { closeInOrder } from './shutdown.ts';
import { traceRequests } from './traced-requests.ts';
import type { Api, ApiSettings, Services } from './types.ts';

export interface ApiOptions {
  readonly context: Context;
  readonly settings: ApiSettings;
  readonly log: Logger;
  /** Where the worker in this process tells the SDK's own metrics. */
  readonly sdkMetricsUrl?: string | null;
  /** Address that the server listens on; loopback without it. */
  readonly host?: string;
  /** Where people look at Temporal. */
  readonly temporalUiUrl?: string | null;
  /** Between two comments in a stream of events. */
  readonly heartbeatMs?: number;
  /** For requests in flight when the server closes. */
  readonly graceMs?: number;
}

const mostBodyBytes = 64 * 1024;
const requestTimeoutMs = 30_000;
const defaultHeartbeatMs = 15_000;
/** Below the time that container platforms leave a process, with what it takes to close the stores. */
const defaultGraceMs = 20_000;
const saneRequestId = /^[A-Za-z0-9._-]{1,128}$/;

function requestIdOf({ headers: { 'x-request-id': given } }: IncomingMessage): string {
  return typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID();
}

/** The HTTP API, ready to listen. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const { context, settings, log, sdkMetricsUrl = null, heartbeatMs = defaultHeartbeatMs } = options;
  const { host = '127.0.0.1', temporalUiUrl = null } = options;
  const loggerInstance: FastifyBaseLogger = log.child({ part: 'api' });
  const page = new ConsolePage();
  const instance: FastifyInstance = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: mostBodyBytes,
    requestTimeout: requestTimeoutMs,
    // Connections without a request go at once; the others have the grace time.
    forceCloseConnections: 'idle',
    trustProxy: settings.trustProxy.length === 0 ? false : [...settings.trustProxy],
    routerOptions: { maxParamLength: longestPathPart },
    genReqId: requestIdOf,
    clientErrorHandler: refuseConnection,
    // A path that cannot be decoded is refused before any hook.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      if (!page.sendMissing(request, reply)) onError(error, request, reply);
    },
  });
  const app: Api = instance.withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // Answers are typed by these schemas, and the tests compare each with the document: to check every one again on its way
  // out takes longer than to make it.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(onError);
  traceRequests(app);
  const closing = new AbortController();
  app.decorate('waits', new Places(mostWaits));
  app.decorate('closing', closing.signal);
  // A stream or a waiting request must not hold up the end.
  app.addHook('preClose', async () => closing.abort());
  closeInOrder(app, options.graceMs ?? defaultGraceMs);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern of the route, never its values: they may name a workspace.
    const { url: route = null } = request.routeOptions;
    const fields = { method: request.method, route, status: reply.statusCode, request_id: request.id };
    request.log.debug(
      { ...fields, duration_ms: Math.round(reply.elapsedTime), token: request.principal?.id ?? null },
      'request',
    );
  });
  // JSON or nothing: another type is answered with 415.
  app.removeContentTypeParser('text/plain');
  // Whether the site has TLS is for the proxy to say that gives it.
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: false,
  });
  if (settings.corsOrigins.length > 0) await app.register(cors, { origin: [...settings.corsOrigins] });
  const limits = new RateLimits(settings);
  const shared: Context = { ...context, server: { ...context } };
  const services: Services = {
    base: shared,
    contextOf: ({ principal }) => {
      if (principal === null) throw new Error('a route without a token has no one who asks');
      return {
        ...shared,
        requestedBy: `${principal.kind} ${principal.name}`,
        view: principal.view,
        content: principal.content,
      };
    },
    sdkMetricsUrl,
    heartbeatMs,
    closing: closing.signal,
    temporalUiUrl,
  };
  answerUnknown(app, limits, page);
  await describeApi(app);
  const consoleAccess = new ConsoleAccess(shared, { ...settings, host });
  const identity = settings.identity === null ? null : new IdentityProvider(settings.identity);
  protectRoutes(app, services, { limits, console: consoleAccess, identity });
  joinRequests(app);
  addRoutes(app, services);
  sessionRoutes(app, services, limits, consoleAccess);
  consolePages(app, page);
  serveOpenApi(app);
  await app.ready();
  closeRunsUntil(closing.signal, shared, log);
  return app;
}

function addRoutes(app: Api, services: Services): void {
  app.register(
    async (native: Api) => {
      for (const add of nativeRoutes) add(native, services);
    },
    { prefix: '/api/v1' },
  );
  app.register(async (compat: Api) => compatRoutes(compat, services), { prefix: '/api/v1/background-jobs' });
  app.register(async (compat: Api) => maintenanceRoutes(compat, services), { prefix: '/maintenance' });
  app.register(async (compat: Api) => memoryJobRoutes(compat, services), { prefix: '/api/v2/jobs' });
  app.register(async (own: Api) => intelligenceRoutes(own, services), { prefix: '/api/v2' });
  probeRoutes(app, services);
  metricsRoutes(app, services);
}

const nativeRoutes = [
  overviewRoutes,
  jobRoutes,
  runRoutes,
  eventRoutes,
  deadLetterRoutes,
  bulkActionRoutes,
  holdRoutes,
  mergeRoutes,
  proposalRoutes,
  leaseRoutes,
  scheduleRoutes,
  groupRoutes,
  healthRoutes,
];
