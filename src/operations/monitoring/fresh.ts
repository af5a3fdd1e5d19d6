/**
 * One answer for all who ask at the same time or shortly afterwards, so that the cost of looking does not grow with the
 * number of those who ask. An answer that failed is not kept.
 */
export class Fresh<T> {
  readonly #freshMs: number;
  readonly #look: () => Promise<T>;
  #last: { readonly answer: Promise<T>; readonly until: number } | null = null;

  constructor(freshMs: number, look: () => Promise<T>) {
    this.#freshMs = freshMs;
    this.#look = look;
  }

  get(): Promise<T> {
    if (this.#last !== null && performance.now() < this.#last.until) return this.#last.answer;
    const answer = this.#look();
    // While the look takes, everybody waits for it.
    const last = { answer, until: Number.POSITIVE_INFINITY };
    this.#last = last;
    answer.then(
      () => this.#settle(last, performance.now() + this.#freshMs),
      () => this.#settle(last, 0),
    );
    return answer;
  }

  /** Later requests are answered from a new look. */
  forget(): void {
    this.#last = null;
  }

  #settle(last: { readonly answer: Promise<T> }, until: number): void {
    if (this.#last === last) this.#last = { answer: last.answer, until };
  }
}
