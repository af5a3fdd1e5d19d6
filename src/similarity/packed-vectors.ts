import { dimensionStep, hitBytes, panelWidth } from './wasm/dot-tile.ts';

const pageBytes = 65_536;
/** Addresses of WebAssembly have 32 bits. */
const maxBytes = 65_535 * pageBytes;
/** Panels of columns in one call of the kernel: they stay in a processor's second-level cache. */
export const panelsAtOnce = 32;

/** The vectors of one group do not fit into the address space of one search. */
export class TooManyVectorsError extends Error {
  override name = 'TooManyVectorsError';

  constructor(count: number, dimensions: number) {
    super(
      `${count} vectors of ${dimensions} dimensions exceed the 4 GiB that one exact search can address: split the group`,
    );
  }
}

/** A vector whose length differs from that of the others. */
export class VectorLengthError extends Error {
  override name = 'VectorLengthError';

  constructor(row: number, length: number, dimensions: number) {
    super(`Vector ${row} has ${length} dimensions, and the others have ${dimensions}`);
  }
}

/** Layout by which a thread reads the vectors that another thread packed. */
export interface PackedLayout {
  readonly memory: WebAssembly.Memory;
  readonly pages: number;
  readonly count: number;
  readonly panels: number;
  readonly panelBytes: number;
  /** One byte for each vector: 0 where none was given. */
  readonly presentAt: number;
  readonly threads: number;
  readonly scratchAt: number;
  readonly scratchBytes: number;
}

/**
 * Unit vectors in the layout of the kernel, in memory that threads share: each is stored once, however many threads
 * search. Rows are written one at a time, so that the vectors can stream from a store.
 */
export class PackedVectors {
  readonly layout: PackedLayout;
  readonly #dimensions: number;
  readonly #values: Float32Array;
  readonly #present: Uint8Array;

  constructor({ count, dimensions, threads }: { count: number; dimensions: number; threads: number }) {
    const panels = Math.ceil(count / panelWidth);
    const panelBytes = Math.ceil(Math.max(1, dimensions) / dimensionStep) * dimensionStep * panelWidth * 4;
    const presentAt = panels * panelBytes;
    const scratchAt = presentAt + align(count);
    // A floor for each vector, and room for the hits of one call.
    const scratchBytes = align(panels * panelWidth * 4 + panelsAtOnce * panelWidth * panelWidth * hitBytes);
    const bytes = scratchAt + threads * scratchBytes;
    if (bytes > maxBytes) throw new TooManyVectorsError(count, dimensions);
    const pages = Math.max(1, Math.ceil(bytes / pageBytes));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.layout = { memory, pages, count, panels, panelBytes, presentAt, threads, scratchAt, scratchBytes };
    this.#dimensions = dimensions;
    this.#values = new Float32Array(memory.buffer, 0, presentAt / 4);
    this.#present = new Uint8Array(memory.buffer, presentAt, count);
  }

  /** Stores a vector, scaled to length 1. A vector without a direction (zero, infinite, not a number) counts as none. */
  set(row: number, vector: ArrayLike<number>): void {
    if (vector.length !== this.#dimensions) throw new VectorLengthError(row, vector.length, this.#dimensions);
    let squares = 0;
    for (let at = 0; at < vector.length; at++) squares += (vector[at] ?? 0) ** 2;
    if (!(squares > 0 && squares < Number.POSITIVE_INFINITY)) return;
    const scale = 1 / Math.sqrt(squares);
    const panel = ((row / panelWidth) | 0) * (this.layout.panelBytes / 4) + (row % panelWidth);
    for (let at = 0; at < vector.length; at++) this.#values[panel + at * panelWidth] = (vector[at] ?? 0) * scale;
    this.#present[row] = 1;
  }

  has(row: number): boolean {
    return this.#present[row] === 1;
  }

  /** The cosine of two vectors, 0 where one is absent. */
  cosine(one: number, other: number): number {
    const stride = this.layout.panelBytes / 4;
    const [from, to] = [one, other].map((row) => ((row / panelWidth) | 0) * stride + (row % panelWidth));
    let sum = 0;
    for (let at = 0; at < stride; at += panelWidth) {
      sum += (this.#values[(from ?? 0) + at] ?? 0) * (this.#values[(to ?? 0) + at] ?? 0);
    }
    return sum;
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
