/**
 * Collects what is ready while a transaction is under way, and writes it with the next one. Who adds waits until it is
 * written, so that no more is in memory than there are lanes.
 */
export class GroupWriter<T> {
  readonly #write: (group: readonly T[]) => Promise<void>;
  #waiting: { readonly item: T; readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  #running = false;

  constructor(write: (group: readonly T[]) => Promise<void>) {
    this.#write = write;
  }

  add(item: T): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ item, done, failed });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(group.map((one) => one.item));
        for (const one of group) one.done();
      } catch (error) {
        for (const one of group) one.failed(error);
      }
    }
    this.#running = false;
  }
}
