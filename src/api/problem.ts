import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { type Classified, classifyError } from '../operations/classify-error.ts';
import type { Problem } from './schemas/problem.ts';

/** RFC 9457. Every error of the API has this form. */
export const problemType = 'application/problem+json';

const statusOfKind: Readonly<Record<Classified['kind'], number>> = {
  usage: 400,
  missing: 404,
  conflict: 409,
  forbidden: 403,
  busy: 429,
  unavailable: 503,
  fault: 500,
};
const retryAfterSeconds = 5;
/** Of a parameter in the path. */
export const longestPathPart = 2_000;

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'A token is needed',
  403: 'The token does not allow this',
  404: 'There is no such thing',
  405: 'This method is not supported here',
  408: 'The request did not arrive in time',
  409: 'Not in the present state',
  413: 'The body is too large',
  414: 'The address is too long',
  415: 'The body has to be JSON',
  429: 'Too many requests',
  431: 'The head of the request is too large',
  503: 'Not available now',
};

interface Said {
  readonly name: string;
  readonly message: string;
  readonly hint?: string | null;
  readonly errors?: Problem['errors'];
}

export function problemOf(requestId: string, status: number, said: Said): Problem {
  return {
    type: `urn:coppice:problem:${kebab(said.name)}`,
    title: titles[status] ?? 'Internal error',
    status,
    detail: said.message,
    name: said.name,
    hint: said.hint ?? null,
    request_id: requestId,
    ...(said.errors === undefined ? {} : { errors: said.errors }),
  };
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, status: number, said: Said): FastifyReply {
  const problem = problemOf(request.id, status, said);
  if ((status === 429 || status === 503) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', String(retryAfterSeconds));
  // As text, so that no serializer of the route looks at it.
  return reply.code(status).type(problemType).send(JSON.stringify(problem));
}

/** Every error that a route, a hook or Fastify itself throws. */
export function onError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((one) => ({
      at: placeOf(error.validationContext, one.instancePath),
      message: one.message ?? 'is not valid',
    }));
    const message = errors.map(({ at, message: text }) => `${at}: ${text}`).join('; ');
    return sendProblem(request, reply, 400, { name: 'InvalidRequestError', message, errors });
  }
  const known = ofFastify(error);
  if (known !== null) return sendProblem(request, reply, known.status, known);
  const said = classifyError(error);
  if (said.kind === 'fault') {
    const { name, message, stack } = error;
    request.log.error({ error: { name, message, stack }, request_id: request.id }, 'request failed');
  }
  // A job in a path that does not exist is a page that does not exist.
  const status = said.name === 'UnknownJobError' ? 404 : statusOfKind[said.kind];
  return sendProblem(request, reply, status, said);
}

function placeOf(context: string | undefined, path: string): string {
  return `${context === 'querystring' ? 'query' : (context ?? 'request')}${path === '/' ? '' : path}`;
}

/**
 * Describes requests that Fastify refuses before a route sees them: an unreadable body, one too large, another type, a
 * path it cannot decode.
 */
function ofFastify(error: FastifyError): { status: number; name: string; message: string } | null {
  const { statusCode: status, code } = error;
  if (status === undefined || status < 400 || status >= 500) return null;
  if (status === 414) {
    const message = `a part of the path is longer than ${longestPathPart} characters`;
    return { status, name: 'PathTooLongError', message };
  }
  const name = code?.startsWith('FST_ERR_') ? 'InvalidRequestError' : error.name;
  return { status, name: status === 413 ? 'BodyTooLargeError' : name, message: error.message };
}

function kebab(name: string): string {
  return name
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-')
    .toLowerCase();
}
