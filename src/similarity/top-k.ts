/** Of each row: its neighbours, best first; `-1` fills the places of those that do not exist. */
export interface Neighbours {
  readonly k: number;
  readonly indices: Int32Array<ArrayBuffer>;
  readonly scores: Float32Array<ArrayBuffer>;
}

/**
 * Keeps the k best of what each row is offered. Equal scores rank by index, so that the result does not depend on the
 * order of the offers.
 */
export class TopK {
  readonly neighbours: Neighbours;
  readonly #counts: Int32Array;

  constructor(rows: number, k: number) {
    this.neighbours = { k, indices: new Int32Array(rows * k).fill(-1), scores: new Float32Array(rows * k) };
    this.#counts = new Int32Array(rows);
  }

  /** Returns the score that the next neighbour of this row must reach, or `null` while there is room. */
  offer(row: number, index: number, exact: number): number | null {
    // As it will be stored: a comparison of two precisions would depend on the order of the offers.
    const score = Math.fround(exact);
    const { k, indices, scores } = this.neighbours;
    const first = row * k;
    const count = this.#counts[row] ?? 0;
    let at = first + count;
    if (count === k) {
      const last = first + k - 1;
      if (!better(score, index, scores[last] ?? 0, indices[last] ?? 0)) return scores[last] ?? 0;
      at = last;
    } else this.#counts[row] = count + 1;
    for (; at > first && better(score, index, scores[at - 1] ?? 0, indices[at - 1] ?? 0); at--) {
      scores[at] = scores[at - 1] ?? 0;
      indices[at] = indices[at - 1] ?? 0;
    }
    scores[at] = score;
    indices[at] = index;
    return this.#counts[row] === k ? (scores[first + k - 1] ?? 0) : null;
  }
}

function better(score: number, index: number, than: number, thanIndex: number): boolean {
  return score > than || (score === than && index < thanIndex);
}

/** Merges the neighbours that several threads found for the same rows, as if one thread had searched. */
export function mergeNeighbours(rows: number, parts: readonly Neighbours[]): Neighbours {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const merged = new TopK(rows, first?.k ?? 0);
  for (const { k, indices, scores } of parts) {
    for (let at = 0; at < indices.length; at++) {
      const index = indices[at] ?? -1;
      if (index >= 0) merged.offer(Math.floor(at / k), index, scores[at] ?? 0);
    }
  }
  return merged.neighbours;
}
