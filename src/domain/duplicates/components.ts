/** Records that a chain of pairs connects, whatever holds between its ends. */
export class Components {
  readonly #parents: Int32Array;

  constructor(records: number) {
    this.#parents = Int32Array.from({ length: records }, (_, record) => record);
  }

  connect(one: number, other: number): void {
    this.#parents[this.#rootOf(one)] = this.#rootOf(other);
  }

  together(one: number, other: number): boolean {
    return this.#rootOf(one) === this.#rootOf(other);
  }

  #rootOf(record: number): number {
    let at = record;
    for (let parent = this.#parents[at] ?? at; parent !== at; parent = this.#parents[at] ?? at) {
      this.#parents[at] = this.#parents[parent] ?? parent;
      at = parent;
    }
    return at;
  }
}
