import type { IncomingMessage } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import { deadline } from '../../deadline.ts';
import { inChildSpan } from '../../telemetry/spans.ts';
import { checkUrl, hostOf, type UrlRules } from '../address/check-url.ts';
import type { NameLookups } from '../address/name-lookups.ts';
import { Refusal, SourceError } from '../errors.ts';
import type { Politeness } from '../politeness.ts';
import type { SourceAnswer, SourceRequest } from '../port.ts';
import { readAnswer, redirectOf } from './answer.ts';
import { acceptEncoding, type BodyLimits } from './body.ts';
import type { Connections } from './exchange.ts';

export interface FetchDeps {
  readonly rules: UrlRules;
  readonly limits: BodyLimits;
  readonly connections: Connections;
  readonly politeness: Politeness;
  readonly names: Pick<NameLookups, 'check'>;
  readonly maxRedirects: number;
  readonly totalTimeoutMs: number;
  readonly userAgent: string;
}

/** Follows an address by hand to what stands at its end. Each hop is checked, and waits for its turn, like the first. */
export async function fetchPage(deps: FetchDeps, request: SourceRequest, signal: AbortSignal): Promise<SourceAnswer> {
  const first = checkUrl(request.url, deps.rules);
  let url = first;
  let leftMs = deps.totalTimeoutMs;
  let pointedByPage = false;
  for (let hops = 0; ; hops++) {
    const host = hostOf(url);
    deps.names.check(host);
    const endTurn = await deps.politeness.turn(host, signal);
    if (endTurn === null) {
      const retryAfterMs = deps.politeness.quietMs(host);
      return { kind: 'later', retryAfterMs, message: `${host} has asked to be left in peace` };
    }
    const startedMs = performance.now();
    const time = deadline(signal, Math.max(1, Math.ceil(leftMs)));
    try {
      const one = { ...deps, url, signal: time.signal, outOfTimeAtMs: startedMs + leftMs };
      // Validators of the first host are not sent to another one, nor to a page that another page names.
      const own: boolean = url.origin === first.origin && !pointedByPage;
      const validators: SourceRequest | null = own ? request : null;
      const span = { kind: SpanKind.CLIENT, attributes: { 'server.address': host } };
      const answer: SourceAnswer | Onward = await inChildSpan('fetch', span, () => ask(one, validators));
      if (answer.kind !== 'onward') return own ? answer : withoutValidators(answer);
      if (hops >= deps.maxRedirects) {
        throw new Refusal('redirect_refused', `more than ${deps.maxRedirects} redirects, the last by ${host}`);
      }
      url = checkUrl(answer.to, deps.rules);
      pointedByPage ||= answer.byPage;
    } catch (error) {
      signal.throwIfAborted();
      if (!time.passed) throw error;
      throw new SourceError('TimeoutError', `${host} took longer than ${deps.totalTimeoutMs / 1000} s`);
    } finally {
      time.end();
      endTurn();
      leftMs -= performance.now() - startedMs;
    }
  }
}

interface Hop extends FetchDeps {
  readonly url: URL;
  readonly signal: AbortSignal;
  readonly outOfTimeAtMs: number;
}

interface Onward {
  readonly kind: 'onward';
  readonly to: URL;
  /** By a page and not by a status: its host compares validators with that page. */
  readonly byPage: boolean;
}

/** The answer at this address, or the address that it points to. */
async function ask(hop: Hop, validators: SourceRequest | null): Promise<SourceAnswer | Onward> {
  const headers = {
    'user-agent': hop.userAgent,
    accept: 'text/html, application/xhtml+xml, text/markdown, text/plain;q=0.9, */*;q=0.1',
    'accept-encoding': acceptEncoding,
    ...conditions(validators),
  };
  const response = await hop.connections.get(hop.url, headers, hop.signal);
  // A reader receives the stream's errors; an error without a reader must not end the process.
  response.on('error', () => {});
  const next = redirectOf(response, hop.url);
  if (next !== null) return letGo(response, { kind: 'onward', to: next, byPage: false } as const);
  const answer = await readAnswer(response, { ...hop, validators });
  return answer instanceof URL ? { kind: 'onward', to: answer, byPage: true } : answer;
}

function conditions(validators: SourceRequest | null): Record<string, string> {
  const headers: Record<string, string> = {};
  const [etag, lastModified] = [validators?.etag ?? null, validators?.lastModified ?? null];
  if (etag !== null && isHeaderValue(etag)) headers['if-none-match'] = etag;
  if (lastModified !== null && isHeaderValue(lastModified)) headers['if-modified-since'] = lastModified;
  return headers;
}

/** A stored value may have been changed; one that Node refuses to send is left out. */
function isHeaderValue(text: string): boolean {
  return text !== '' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** The validators are of the page at the end, and the next request begins at another. */
function withoutValidators(answer: SourceAnswer): SourceAnswer {
  return answer.kind === 'page' ? { ...answer, etag: null, lastModified: null } : answer;
}

/** Nobody reads on: the body may be endless. */
function letGo<T>(response: IncomingMessage, value: T): T {
  response.destroy();
  return value;
}
