/** At most `size` pieces of work at once; the first failure is thrown to whoever waits next. */
export class Window {
  readonly #size: number;
  readonly #open = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;

  constructor(size: number) {
    this.#size = size;
  }

  /** Starts the work as soon as there is room. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#open.size >= this.#size && this.#failure === null) await Promise.race(this.#open);
    this.#throwIfFailed();
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#open.delete(running));
    this.#open.add(running);
  }

  /** Resolves when all work has ended. */
  async settled(): Promise<void> {
    while (this.#open.size > 0 && this.#failure === null) await Promise.race(this.#open);
    this.#throwIfFailed();
  }

  /** Resolves when all work has ended, whatever failed. */
  async ended(): Promise<void> {
    await Promise.all(this.#open);
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
