/** So many at once. A place is taken in the same step that finds it free. */
export class Places {
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** Takes a place; returns how to leave it, which may be done more than once, or `null` where there is none. */
  enter(): (() => void) | null {
    if (this.#free <= 0) return null;
    this.#free -= 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#free += 1;
    };
  }
}
