import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { packageVersion } from '../config/package-version.ts';
import { isRecord } from './is-record.ts';
import { finishDocument } from './openapi-document.ts';
import { problemType } from './problem.ts';
import { problem } from './schemas/problem.ts';
import type { Api } from './types.ts';

const description = `Drives and watches one installation of Coppice.

Send a token with each request: \`Authorization: Bearer TOKEN\`. Scopes: \`read\`, \`run\`, \`admin\`; each includes those
before it. A token may be limited to workspaces, groups, users or entities; what it may not see does not exist for it.
Every error is a problem document (RFC 9457).`;

/** Collects the routes for `/openapi.json`, and serves a page to read it at `/docs`. Register before any route. */
export async function describeApi(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Coppice', version: packageVersion(), description, license: { name: 'Apache-2.0' } },
      tags: tags.map(([name, text]) => ({ name, description: text })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A token of coppice token create.' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    logLevel: 'warn',
    uiConfig: { docExpansion: 'list' },
    // The page reads the same document as everybody else.
    transformSpecification: (document) => finishDocument(document),
    transformSpecificationClone: false,
  });
  app.addHook('onRoute', (route) => {
    const { schema, config } = route;
    if (schema === undefined || schema.hide === true) return;
    const answers: Record<string, unknown> = isRecord(schema.response) ? schema.response : {};
    const refused = [500, ...(config?.open === true ? [] : [400, 401, 403, 429, 503])];
    if (schema.params !== undefined) refused.push(404, 414);
    if (schema.body !== undefined) refused.push(413, 415);
    if (route.method !== 'GET' && route.method !== 'HEAD') refused.push(404, 409);
    for (const status of refused) answers[status] ??= refusal(status);
    schema.response = answers;
    if (config?.scope !== undefined) schema.security = [{ bearer: [config.scope] }];
  });
}

export function serveOpenApi(app: Api): void {
  let text: string | null = null;
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(finishDocument(app.swagger()));
    return reply.type('application/json').send(text);
  });
}

const tags = [
  ['overview', 'Things that need a person, latest changes, next runs; and the stores.'],
  ['jobs', 'The jobs of the catalogue, previews and starts.'],
  ['runs', 'Runs that ended, that work, or that wait for a person.'],
  ['holds', 'Restored rows that no run takes again until their dates change.'],
  ['merges', 'Pairs of entities that were found to be one.'],
  ['proposals', 'Changes that a language model or rules propose.'],
  ['dead letters', 'Partitions that were given up after their retries.'],
  ['leases', 'The right to run a job.'],
  ['schedules', 'When jobs start by themselves.'],
  ['groups', 'Groups of graphs: which are stale, and what became of them.'],
  ['health', 'For people, orchestrators and monitors.'],
  ['background-jobs', 'The URLs of a job framework that teams come from, over the same operations.'],
  ['maintenance', 'The URLs that timer functions call for one group after the other, over the same operations.'],
  ['intelligence', 'Insights and reports about the questions of users.'],
  ['memory-jobs', 'A URL of an API server with a scheduler of its own that teams come from.'],
] as const;

const meanings: Readonly<Record<number, string>> = {
  400: 'The request is not valid.',
  401: 'No token, or one that is unknown, revoked or expired.',
  403: 'The scope of the token is too small, or the token is limited to some partitions.',
  404: 'There is no such thing, or not for this token.',
  409: 'Not in the present state.',
  413: 'The body is too large.',
  414: 'A part of the path is longer than 2,000 characters.',
  415: 'The body is not JSON.',
  429: 'Too many requests, or too many runs that have not begun. `Retry-After` says when to come again.',
  500: 'A fault of the server. Its log has the request id.',
  503: 'Database, Temporal or a store does not answer.',
};

/** A problem as one of an operation's answers. */
export function refusal(status: number) {
  return { description: meanings[status] ?? 'A problem.', content: { [problemType]: { schema: problem } } };
}
