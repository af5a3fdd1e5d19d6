import { GraphTooLargeError, InvalidWeightError } from './errors.ts';

/** Most graphs are small, and many of them are held at once. */
const FIRST_CAPACITY = 64;

/** Beyond these, sums and quotients of weights would leave what a number can hold. */
const LEAST_WEIGHT = 1e-100;
const MOST_WEIGHT = 1e100;

export interface GraphLimits {
  readonly maxNodes: number;
  readonly maxEdges: number;
}

/** A graph as it came: nodes by number in the order of their arrival, edges one by one. Its arrays can be transferred. */
export interface EdgeList {
  readonly ids: readonly string[];
  readonly sources: Int32Array<ArrayBuffer>;
  readonly targets: Int32Array<ArrayBuffer>;
  readonly weights: Float64Array<ArrayBuffer>;
}

/** Edges as a store has them; the arrays are of one length. */
export interface EdgeColumns {
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  readonly weights: readonly number[];
}

/** Takes a graph as a store streams it, nodes before edges: 16 bytes an edge, and each id once. */
export class EdgeListBuilder {
  readonly #limits: GraphLimits;
  readonly #numbers = new Map<string, number>();
  #sources = new Int32Array(FIRST_CAPACITY);
  #targets = new Int32Array(FIRST_CAPACITY);
  #weights = new Float64Array(FIRST_CAPACITY);
  #edges = 0;

  constructor(limits: GraphLimits) {
    this.#limits = limits;
  }

  get nodes(): number {
    return this.#numbers.size;
  }

  get edges(): number {
    return this.#edges;
  }

  /** `undefined`: the graph has no such node. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /** A node that is there already stays as it is. Throws `GraphTooLargeError`. */
  addNode(id: string): void {
    if (this.#numbers.has(id)) return;
    if (this.#numbers.size >= this.#limits.maxNodes) throw new GraphTooLargeError('nodes', this.#limits.maxNodes);
    this.#numbers.set(id, this.#numbers.size);
  }

  /**
   * Throws `GraphTooLargeError` and `InvalidWeightError`. A weight below 1e-100 counts as 0: such an edge connects its ends
   * and draws neither communities nor ranks.
   *
   * @returns whether both ends are nodes of the graph; else the edge is left out
   */
  addEdge(source: string, target: string, weight = 1): boolean {
    if (!(weight >= 0 && weight <= MOST_WEIGHT)) throw new InvalidWeightError(weight);
    const [from, to] = [this.#numbers.get(source), this.#numbers.get(target)];
    if (from === undefined || to === undefined) return false;
    if (this.#edges >= this.#limits.maxEdges) throw new GraphTooLargeError('edges', this.#limits.maxEdges);
    if (this.#edges === this.#sources.length) this.#grow();
    this.#sources[this.#edges] = from;
    this.#targets[this.#edges] = to;
    this.#weights[this.#edges] = weight < LEAST_WEIGHT ? 0 : weight;
    this.#edges++;
    return true;
  }

  /** As `addEdge`, of edges that come as columns. */
  addEdges({ sources, targets, weights }: EdgeColumns): void {
    for (let at = 0; at < sources.length; at++) this.addEdge(sources[at] ?? '', targets[at] ?? '', weights[at]);
  }

  finish(): EdgeList {
    return {
      ids: [...this.#numbers.keys()],
      sources: this.#sources.slice(0, this.#edges),
      targets: this.#targets.slice(0, this.#edges),
      weights: this.#weights.slice(0, this.#edges),
    };
  }

  #grow(): void {
    const capacity = this.#sources.length * 2;
    const [sources, targets, weights] = [this.#sources, this.#targets, this.#weights];
    this.#sources = new Int32Array(capacity);
    this.#sources.set(sources);
    this.#targets = new Int32Array(capacity);
    this.#targets.set(targets);
    this.#weights = new Float64Array(capacity);
    this.#weights.set(weights);
  }
}
