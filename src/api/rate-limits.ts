import { isIPv4 } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { sendProblem } from './problem.ts';
import type { ApiSettings } from './types.ts';
import { WindowCounter } from './window-counter.ts';

const windowMs = 60_000;
/** So many times what one address may fail, all addresses together may before tokens are looked up only in memory. */
const failuresOfAll = 10;
const everybody = 'all';

/**
 * Limits of the requests of one client within a minute. A request with a valid token counts for that token at that
 * address; every other request counts for the address alone: a client that shares its address with others, behind a
 * proxy, cannot use up what their tokens may do.
 */
export class RateLimits {
  readonly #settings: Pick<ApiSettings, 'rateLimitPerMinute' | 'failedAttemptsPerMinute'>;
  readonly #requests = new WindowCounter(windowMs);
  readonly #failures = new WindowCounter(windowMs);

  constructor(settings: Pick<ApiSettings, 'rateLimitPerMinute' | 'failedAttemptsPerMinute'>) {
    this.#settings = settings;
  }

  /** Counts the request; returns whether it may go on. Else it is answered with 429. */
  admit(request: FastifyRequest, reply: FastifyReply, tokenId: string | null): boolean {
    const { rateLimitPerMinute: most } = this.#settings;
    const address = addressOf(request);
    const key = tokenId === null ? address : `${tokenId} ${address}`;
    const count = this.#requests.add(key);
    const restSeconds = Math.ceil(this.#requests.restMs(key) / 1000);
    reply
      .header('x-ratelimit-limit', most)
      .header('x-ratelimit-remaining', Math.max(0, most - count))
      .header('x-ratelimit-reset', restSeconds);
    if (count <= most) return true;
    const message = `more than ${most} requests within a minute`;
    refuse(request, reply, { name: 'RateLimitError', message, restSeconds });
    return false;
  }

  /**
   * Counts the request among those without a valid token, before its token is looked up: many that come at the same time
   * are counted before the first of them is known to be wrong.
   */
  beginAttempt(request: FastifyRequest): Attempt {
    const { failedAttemptsPerMinute: most } = this.#settings;
    const address = addressOf(request);
    const count = this.#failures.add(address);
    const countOfAll = this.#failures.add(everybody);
    return {
      suspect: count > most || countOfAll > most * failuresOfAll,
      succeeded: () => {
        this.#failures.takeBack(address);
        this.#failures.takeBack(everybody);
      },
      failed: (reply) => {
        if (count <= most) return true;
        const message = `more than ${most} attempts without a valid token within a minute`;
        const restSeconds = Math.ceil(this.#failures.restMs(address) / 1000);
        refuse(request, reply, { name: 'TooManyAttemptsError', message, restSeconds });
        return false;
      },
    };
  }
}

export interface Attempt {
  /** So many attempts have failed, from this address or in all, that this one is not worth a look into the database. */
  readonly suspect: boolean;
  /** The token is valid: the request does not count. */
  succeeded(): void;
  /** Returns whether the request may be answered as one without a valid token. Else it is answered with 429. */
  failed(reply: FastifyReply): boolean;
}

interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly restSeconds: number;
}

function refuse(request: FastifyRequest, reply: FastifyReply, { restSeconds, ...said }: Refusal): void {
  reply.header('retry-after', String(Math.max(1, restSeconds)));
  sendProblem(request, reply, 429, said);
}

/** A network of IPv6 (/64) counts as one client, because a client has all of its 2^64 addresses. */
export function addressOf({ ip }: { readonly ip: string }): string {
  if (isIPv4(ip) || !ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${address
    .toByteArray()
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}::/64`;
}
