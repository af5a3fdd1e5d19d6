export interface Manners {
  /** Requests to one host at the same time. */
  readonly hostConcurrency: number;
  /** Between the starts of two requests to one host. */
  readonly hostDelayMs: number;
}

interface Host {
  active: number;
  nextStartMs: number;
  /** Until when the host has asked to be left in peace. */
  quietUntilMs: number;
  readonly waiting: Waiting[];
  timer: NodeJS.Timeout | null;
}

interface Waiting {
  /** `false`: the host wants to be left in peace for longer than anybody waits. */
  go(may: boolean): void;
}

/** A host that wants peace for no longer than this is waited for. */
const patienceMs = 10_000;

/**
 * Whose turn it is at each host, for all fetches of the process. Hosts that nobody waits for and that have nothing to
 * remember are forgotten.
 */
export class Politeness {
  readonly #manners: Manners;
  readonly #hosts = new Map<string, Host>();

  constructor(manners: Manners) {
    this.#manners = manners;
  }

  /**
   * Waits for its turn, in the order of asking, host by host. The returned function ends the turn; `null`: there is no
   * turn, since the host has asked for a pause (`quietMs`).
   */
  async turn(name: string, signal: AbortSignal): Promise<(() => void) | null> {
    signal.throwIfAborted();
    const host = this.#host(name);
    const may = await new Promise<boolean>((resolve, reject) => {
      const waiting: Waiting = {
        go: (granted) => {
          signal.removeEventListener('abort', leave);
          resolve(granted);
        },
      };
      const leave = () => {
        host.waiting.splice(host.waiting.indexOf(waiting), 1);
        this.#forget(name, host);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      host.waiting.push(waiting);
      this.#next(name, host);
    });
    if (!may) return null;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      host.active -= 1;
      this.#next(name, host);
    };
  }

  /** Remembers what a Retry-After asked for. */
  leaveInPeace(name: string, forMs: number): void {
    const host = this.#host(name);
    host.quietUntilMs = Math.max(host.quietUntilMs, performance.now() + forMs);
    this.#next(name, host);
  }

  /** For how long the host still wants no request; 0 when it may be asked. */
  quietMs(name: string): number {
    return Math.max(0, Math.ceil((this.#hosts.get(name)?.quietUntilMs ?? 0) - performance.now()));
  }

  /** Hosts that are remembered: for tests of what is forgotten. */
  get size(): number {
    return this.#hosts.size;
  }

  close(): void {
    for (const { timer } of this.#hosts.values()) if (timer !== null) clearTimeout(timer);
    this.#hosts.clear();
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const host: Host = { active: 0, nextStartMs: 0, quietUntilMs: 0, waiting: [], timer: null };
    this.#hosts.set(name, host);
    return host;
  }

  #next(name: string, host: Host): void {
    if (host.timer !== null) clearTimeout(host.timer);
    host.timer = null;
    if (this.quietMs(name) > patienceMs) for (const waiting of host.waiting.splice(0)) waiting.go(false);
    while (host.waiting.length > 0 && host.active < this.#manners.hostConcurrency) {
      const waitMs = Math.max(host.nextStartMs, host.quietUntilMs) - performance.now();
      if (waitMs > 0) {
        this.#wake(name, host, waitMs);
        return;
      }
      host.active += 1;
      host.nextStartMs = performance.now() + this.#manners.hostDelayMs;
      host.waiting.shift()?.go(true);
    }
    this.#forget(name, host);
  }

  #wake(name: string, host: Host, waitMs: number): void {
    host.timer = setTimeout(() => this.#next(name, host), Math.ceil(waitMs));
  }

  /** Later, when the delay and the peace are over; a timer that nobody waits for keeps no process alive. */
  #forget(name: string, host: Host): void {
    if (host.active > 0 || host.waiting.length > 0 || host.timer !== null) return;
    const restMs = Math.max(host.nextStartMs, host.quietUntilMs) - performance.now();
    if (restMs <= 0) this.#hosts.delete(name);
    else host.timer = setTimeout(() => this.#next(name, host), Math.min(Math.ceil(restMs), 2 ** 31 - 1)).unref();
  }
}
