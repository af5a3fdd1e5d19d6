export interface GroupBounds<T> {
  /** Items that wait to be written, at the most. */
  readonly items: number;
  /** Together, as `weigh` has it; one that weighs more waits alone. */
  readonly weight: number;
  readonly weigh: (item: T) => number;
}

/**
 * Collects what is ready while a transaction is under way, and writes it with the next one. Who adds goes on at once while
 * there is room, and else waits for it, so that no more is in memory than twice the bounds. The first failure is everybody's:
 * nothing is written after it.
 */
export class GroupWriter<T> {
  readonly #write: (group: readonly T[]) => Promise<void>;
  readonly #bounds: GroupBounds<T>;
  #waiting: T[] = [];
  #weight = 0;
  #running: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** Wakes whoever waits for room. */
  #room = Promise.withResolvers<void>();

  constructor(write: (group: readonly T[]) => Promise<void>, bounds: GroupBounds<T>) {
    this.#write = write;
    this.#bounds = bounds;
  }

  /** Resolves when the item will be written with the next group. */
  async add(item: T): Promise<void> {
    const weight = this.#bounds.weigh(item);
    while (this.#failure === null && !this.#fits(weight)) await this.#room.promise;
    if (this.#failure !== null) throw this.#failure.error;
    this.#waiting.push(item);
    this.#weight += weight;
    this.#running ??= this.#run();
  }

  /** Resolves when all is written; rejects with the first failure. */
  async end(): Promise<void> {
    await this.#running;
    if (this.#failure !== null) throw this.#failure.error;
  }

  #fits(weight: number): boolean {
    const { items, weight: most } = this.#bounds;
    return this.#waiting.length === 0 || (this.#waiting.length < items && this.#weight + weight <= most);
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const group = this.#waiting;
        this.#waiting = [];
        this.#weight = 0;
        this.#makeRoom();
        await this.#write(group);
      }
    } catch (error) {
      this.#failure = { error };
      this.#waiting = [];
      this.#makeRoom();
    }
    this.#running = null;
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}
