import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Scope } from '../domain/access.ts';
import type { IdentitySettings } from '../domain/identity.ts';
import type { Principal } from '../operations/access/tokens.ts';
import type { Context } from '../operations/context.ts';
import type { Places } from './places.ts';

/** The server, with requests and answers typed by the routes' schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ApiSettings {
  /** Requests of one token, or without one, from one client address within a minute. */
  readonly rateLimitPerMinute: number;
  /** Requests without a valid token from one client address within a minute. */
  readonly failedAttemptsPerMinute: number;
  /** Proxies whose word about the client's address is taken; none: the address of the connection counts. */
  readonly trustProxy: readonly string[];
  /** Origins whose pages may call the API; none: no page may. */
  readonly corsOrigins: readonly string[];
  /** Identity provider whose users may call the API. */
  readonly identity: IdentitySettings | null;
}

/** Services that routes work with. */
export interface Services {
  /** With everything in view: for what is asked without a token. */
  readonly base: Context;
  /** In the name of who asks, with what they may see. */
  contextOf(request: FastifyRequest): Context;
  /** Where the worker in this process tells the SDK's own metrics. */
  readonly sdkMetricsUrl: string | null;
  readonly heartbeatMs: number;
  /** Aborts when the server closes: streams end then. */
  readonly closing: AbortSignal;
  /** Where people look at Temporal; `null`: not known. */
  readonly temporalUiUrl: string | null;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Places of requests that wait for a run. */
    waits: Places;
    /** Aborts when the server closes: streams and waits end then. */
    closing: AbortSignal;
  }
  interface FastifyRequest {
    /** Bearer of the token, or the user whom the identity provider vouches for; `null` where a route needs none. */
    principal: Principal | null;
    /** Of the console's session that asks; `null` where the token itself was sent. */
    sessionSecret: string | null;
  }
  interface FastifyContextConfig {
    /** Scope that the token needs. A route without it is open to everybody, and must state `open`. */
    scope?: Scope;
    open?: boolean;
    /** However often it is asked, it is answered. */
    unlimited?: boolean;
    /** It concerns the installation as a whole: not for a token that is limited to some partitions. */
    whole?: boolean;
    /** Requests of one token for one address share a computation: see `joinRequests`. */
    joined?: boolean;
  }
}
