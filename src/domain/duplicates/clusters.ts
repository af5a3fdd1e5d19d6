/** A cluster larger than this is left to a person: what joins so many records is rarely what they are. */
const largestCluster = 500;

/**
 * Grows clusters pair by pair, the surest first. Two clusters join only if every member of one holds against every
 * member of the other, so that no chain forms: whichever member survives, all others hold against it.
 */
export class Clusters {
  readonly #of: Int32Array;
  readonly #members = new Map<number, number[]>();
  readonly #holds: (one: number, other: number) => boolean;

  constructor(records: number, holds: (one: number, other: number) => boolean) {
    this.#of = Int32Array.from({ length: records }, (_, at) => at);
    this.#holds = holds;
  }

  /** Returns the number of pairs that this joins: 0 if they are together already or must not be. */
  join(one: number, other: number): number {
    const [first, second] = [this.#of[one] ?? one, this.#of[other] ?? other];
    if (first === second) return 0;
    const [members, others] = [this.#membersOf(first), this.#membersOf(second)];
    if (members.length + others.length > largestCluster) return 0;
    for (const member of members) {
      for (const against of others) {
        const given = member === one && against === other;
        if (!given && !this.#holds(member, against)) return 0;
      }
    }
    const [kept, moved] = first < second ? [first, second] : [second, first];
    for (const member of this.#membersOf(moved)) this.#of[member] = kept;
    this.#members.set(kept, [...members, ...others]);
    this.#members.delete(moved);
    return members.length * others.length;
  }

  together(one: number, other: number): boolean {
    return this.#of[one] === this.#of[other];
  }

  /** The clusters of two and more, each in the order of its records. */
  all(): number[][] {
    return [...this.#members.values()].map((members) => members.sort((one, other) => one - other)).sort(byFirst);
  }

  #membersOf(cluster: number): number[] {
    return this.#members.get(cluster) ?? [cluster];
  }
}

function byFirst(one: readonly number[], other: readonly number[]): number {
  return (one[0] ?? 0) - (other[0] ?? 0);
}
