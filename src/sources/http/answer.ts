import type { IncomingMessage } from 'node:http';
import { hostOf } from '../address/check-url.ts';
import { Refusal, SourceError } from '../errors.ts';
import type { Politeness } from '../politeness.ts';
import type { SourceAnswer, Validators } from '../port.ts';
import { refreshOf } from '../text/declared-charset.ts';
import { pageOf } from '../text/page.ts';
import { type BodyLimits, readBody } from './body.ts';
import { freshUntil } from './freshness.ts';
import { locationOf } from './location.ts';
import { mediaTypeOf } from './media-type.ts';
import { retryAfterMs } from './retry-after.ts';

export interface AnswerContext {
  readonly url: URL;
  readonly limits: BodyLimits;
  readonly politeness: Politeness;
  readonly signal: AbortSignal;
  readonly outOfTimeAtMs: number;
  /** Validators that were sent with the request. */
  readonly validators: Validators | null;
}

/** Where an answer points to; `null` when it is no redirect. */
export function redirectOf(response: IncomingMessage, from: URL): URL | null {
  const location = response.headers.location;
  if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return null;
  const next = URL.parse(locationOf(location), from.href);
  if (next === null) throw letGo(response, new Refusal('redirect_refused', `${hostOf(from)} redirects to no URL`));
  if (isDowngrade(from, next)) throw letGo(response, downgrade(from));
  return next;
}

function isDowngrade(from: URL, next: URL): boolean {
  return from.protocol === 'https:' && next.protocol === 'http:';
}

function downgrade(from: URL): Refusal {
  return new Refusal('redirect_refused', `${hostOf(from)} redirects from https to http`);
}

/** Interprets an answer that is no redirect: what it is, or the address that its page sends the reader to. */
export async function readAnswer(response: IncomingMessage, context: AnswerContext): Promise<SourceAnswer | URL> {
  const status = response.statusCode ?? 0;
  const host = hostOf(context.url);
  if (status === 200 || status === 203) return await page(response, context);
  const { validators } = context;
  if (status === 304 && validators !== null && (validators.etag ?? validators.lastModified) !== null) {
    response.resume();
    const own = validatorsOf(response);
    return {
      kind: 'unchanged',
      etag: own.etag ?? validators.etag,
      lastModified: own.lastModified ?? validators.lastModified,
      expiresAt: expiryOf(response),
    };
  }
  return letGo(response, withoutPage(response, status, host, context.politeness));
}

function withoutPage(response: IncomingMessage, status: number, host: string, politeness: Politeness): SourceAnswer {
  if (status === 404 || status === 410)
    return { kind: 'gone', message: `${host} answers that it does not exist (${status})` };
  if (status === 429 || status === 503) {
    const waitMs = retryAfterMs(response.headers['retry-after'] ?? null, Date.now());
    if (waitMs !== null) politeness.leaveInPeace(host, waitMs);
    return { kind: 'later', retryAfterMs: waitMs, message: `${host} asks for patience (${status})` };
  }
  if (status === 204 || status === 205)
    return new Refusal('empty', `${host} answers with nothing (${status})`).answer();
  response.destroy();
  if (status === 408) throw new SourceError('TimeoutError', `${host} answers ${status}`, { status });
  if (status >= 500) throw new SourceError('ConnectionError', `${host} answers ${status}`, { status });
  return new Refusal('status_refused', `${host} answers ${status}`).answer();
}

async function page(response: IncomingMessage, context: AnswerContext): Promise<SourceAnswer | URL> {
  const host = hostOf(context.url);
  const type = mediaTypeOf(response.headersDistinct['content-type'] ?? null);
  if (type.kind === 'other') {
    throw letGo(
      response,
      new Refusal('type_refused', `${host} sends ${type.name.slice(0, 80)}, which is no page of text`),
    );
  }
  const body = await readBody(response, host, context.limits, context.signal);
  const next = type.kind === 'html' ? refreshTo(body, context.url) : null;
  if (next !== null) return next;
  const found = await pageOf(body, type, { host, outOfTimeAtMs: context.outOfTimeAtMs, signal: context.signal });
  return {
    kind: 'page',
    ...found,
    ...validatorsOf(response),
    finalUrl: context.url.href,
    bytes: body.byteLength,
    expiresAt: expiryOf(response),
  };
}

/** Documentation that has moved leaves pages whose only text is "Redirecting". A page that names itself is meant to be read. */
function refreshTo(body: Uint8Array, from: URL): URL | null {
  const target = refreshOf(body);
  const next = target === null ? null : URL.parse(locationOf(target), from.href);
  if (next === null || !['http:', 'https:'].includes(next.protocol)) return null;
  if (isDowngrade(from, next)) throw downgrade(from);
  const here = new URL(from);
  here.hash = next.hash;
  return next.href === here.href ? null : next;
}

function validatorsOf({ headers }: IncomingMessage): Validators {
  return { etag: headers.etag ?? null, lastModified: headers['last-modified'] ?? null };
}

function expiryOf({ headers }: IncomingMessage): Date | null {
  const { age = null, date = null, expires = null } = headers;
  return freshUntil({ cacheControl: headers['cache-control'] ?? null, age, date, expires }, Date.now());
}

/** Nobody reads on: the body may be endless. */
function letGo<T>(response: IncomingMessage, value: T): T {
  response.destroy();
  return value;
}
