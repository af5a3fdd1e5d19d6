import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, SourceError } from '../errors.ts';
import type { Resolve } from './guarded-lookup.ts';

export interface LookupLimits {
  /** Look-ups of one name, one shortly after the other, before it counts as not known. */
  readonly tries: number;
  readonly pauseMs: number;
  /** So often a name server that fails is given another time, of `tries` look-ups each. */
  readonly rounds: number;
  /** How long a failure is remembered, so that a thousand documents of one host do not ask a thousand times. */
  readonly rememberedMs: number;
  /** The same of a name that is given up. */
  readonly givenUpMs: number;
}

export const defaultLookupLimits: LookupLimits = {
  ...{ tries: 3, pauseMs: 500, rounds: 3 },
  ...{ rememberedMs: 15_000, givenUpMs: 10 * 60_000 },
};

interface Failure {
  readonly rounds: number;
  readonly untilMs: number;
  readonly error: Refusal | SourceError;
}

/** Of failures that are remembered. */
const mostNames = 10_000;

/**
 * Look-ups of names with a memory of those that fail, for all fetches of the process. A name that does not exist is given
 * up after `tries` look-ups, one whose name server fails after as many in each of `rounds`; documents there are then
 * refused, and those of other hosts go on.
 */
export class NameLookups {
  readonly #resolve: Resolve;
  readonly #limits: LookupLimits;
  readonly #failures = new Map<string, Failure>();
  readonly #underWay = new Map<string, ReturnType<Resolve>>();

  constructor(resolve: Resolve, limits: LookupLimits = defaultLookupLimits) {
    this.#resolve = resolve;
    this.#limits = limits;
  }

  /** Throws what is remembered of a name, so that nobody waits for a turn at a host that has no address. */
  check(hostname: string): void {
    const failure = this.#failures.get(keyOf(hostname));
    if (failure !== undefined && failure.untilMs > performance.now()) throw failure.error;
  }

  readonly resolve: Resolve = async (name) => {
    const hostname = keyOf(name);
    this.check(hostname);
    const underWay = this.#underWay.get(hostname) ?? this.#lookUp(hostname);
    this.#underWay.set(hostname, underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(hostname);
    }
  };

  async #lookUp(hostname: string): ReturnType<Resolve> {
    const { tries, pauseMs } = this.#limits;
    let code = '';
    for (let at = 0; at < tries; at++) {
      if (at > 0) await sleep(pauseMs * 2 ** (at - 1));
      try {
        const found = await this.#resolve(hostname);
        if (found.length > 0) {
          this.#failures.delete(hostname);
          return found;
        }
        code = 'ENOTFOUND';
      } catch (error) {
        code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!/^(?:ENOTFOUND|ENODATA|EAI_|ESERVFAIL|EREFUSED|ETIMEOUT)/.test(code)) throw error;
      }
    }
    throw this.#failed(hostname, code);
  }

  #failed(hostname: string, code: string): Refusal | SourceError {
    const { tries, rounds: most, rememberedMs, givenUpMs } = this.#limits;
    const rounds = (this.#failures.get(hostname)?.rounds ?? 0) + 1;
    const unknown = code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EAI_NODATA' || code === 'EAI_NONAME';
    const givenUp = unknown || rounds >= most;
    const looked = `${unknown ? tries : tries * rounds} look-ups (${code})`;
    const error = givenUp
      ? new Refusal('host_unknown', `the name ${hostname} has no address after ${looked}`)
      : new SourceError('ConnectionError', `the name ${hostname} could not be looked up (${code})`);
    this.#failures.delete(hostname);
    this.#failures.set(hostname, { rounds, untilMs: performance.now() + (givenUp ? givenUpMs : rememberedMs), error });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= mostNames) break;
      this.#failures.delete(oldest);
    }
    return error;
  }
}

/** Without the dot of the root: names that differ in it alone are one name. */
function keyOf(hostname: string): string {
  return hostname.toLowerCase().replace(/\.+$/, '');
}
