/** How many keys are remembered. A key that is dropped begins anew, so what has to hold for all keys is counted under one. */
const mostKeys = 10_000;

/** Counts by key within a window of time that begins with the first. Memory is bounded, also where clients invent keys. */
export class WindowCounter {
  readonly #windowMs: number;
  readonly #counts = new Map<string, { count: number; readonly endsMs: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Counts one more, and returns how many there are with it. */
  add(key: string): number {
    const nowMs = performance.now();
    const known = this.#counts.get(key);
    if (known !== undefined && known.endsMs > nowMs) {
      known.count += 1;
      return known.count;
    }
    this.#counts.delete(key);
    if (this.#counts.size >= mostKeys) this.#makeRoom(nowMs);
    this.#counts.set(key, { count: 1, endsMs: nowMs + this.#windowMs });
    return 1;
  }

  /** Takes one counted request back. */
  takeBack(key: string): void {
    const known = this.#counts.get(key);
    if (known !== undefined && known.count > 0) known.count -= 1;
  }

  /** Until the key begins anew. */
  restMs(key: string): number {
    return Math.max(0, (this.#counts.get(key)?.endsMs ?? 0) - performance.now());
  }

  /** Keys are in the order in which their windows end. */
  #makeRoom(nowMs: number): void {
    for (const [key, { endsMs }] of this.#counts) {
      if (endsMs > nowMs && this.#counts.size < mostKeys) return;
      this.#counts.delete(key);
    }
  }
}
