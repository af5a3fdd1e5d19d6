export interface GroupBounds<T> {
  /** Items that wait to be written, at the most. */
  readonly items: number;
  /** Together, as `weigh` has it; one that weighs more waits alone. */
  readonly weight: number;
  readonly weigh: (item: T) => number;
}

/** Writes that share a transaction. */
class Group<T> {
  readonly items: T[] = [];
  weight = 0;
  readonly written = Promise.withResolvers<void>();

  constructor() {
    // A caller that only adds learns of a failure from its next call.
    this.written.promise.catch(() => {});
  }
}

interface Comer<T> {
  readonly item: T;
  readonly entered: (group: Group<T>) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Collects items that become ready during a transaction, and writes them with the next one. A caller that adds an item
 * continues at once while there is room, and else waits in the order of arrival, so that at most twice the bounds are
 * in memory. The first failure is everybody's: nothing is written after it.
 */
export class GroupWriter<T> {
  readonly #write: (group: readonly T[]) => Promise<void>;
  readonly #bounds: GroupBounds<T>;
  readonly #outside: Comer<T>[] = [];
  #next = new Group<T>();
  #running: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(write: (group: readonly T[]) => Promise<void>, bounds: GroupBounds<T>) {
    this.#write = write;
    this.#bounds = bounds;
  }

  /** Resolves when the item will be written with the next group. */
  async add(item: T): Promise<void> {
    await this.#join(item);
  }

  /** Resolves when the item is written. */
  async write(item: T): Promise<void> {
    const group = await this.#join(item);
    await group.written.promise;
  }

  /** Resolves when all is written; rejects with the first failure. */
  async end(): Promise<void> {
    await this.#running;
    if (this.#failure !== null) throw this.#failure.error;
  }

  #join(item: T): Promise<Group<T>> {
    return new Promise((entered, failed) => {
      if (this.#failure !== null) throw this.#failure.error;
      this.#outside.push({ item, entered, failed });
      this.#letIn();
      this.#running ??= this.#run();
    });
  }

  #letIn(): void {
    const { items, weight: most, weigh } = this.#bounds;
    const group = this.#next;
    for (let comer = this.#outside[0]; comer !== undefined; comer = this.#outside[0]) {
      const weight = weigh(comer.item);
      const fits = group.items.length < items && group.weight + weight <= most;
      if (!fits && group.items.length > 0) return;
      this.#outside.shift();
      group.items.push(comer.item);
      group.weight += weight;
      comer.entered(group);
    }
  }

  async #run(): Promise<void> {
    while (this.#next.items.length > 0) {
      const group = this.#next;
      this.#next = new Group();
      this.#letIn();
      try {
        await this.#write(group.items);
        group.written.resolve();
      } catch (error) {
        this.#fail(error, group);
        break;
      }
    }
    this.#running = null;
  }

  #fail(error: unknown, group: Group<T>): void {
    this.#failure = { error };
    for (const { written } of [group, this.#next]) written.reject(error);
    for (const { failed } of this.#outside.splice(0)) failed(error);
    this.#next = new Group();
  }
}
