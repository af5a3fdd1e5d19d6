import { type PackedLayout, panelsAtOnce } from './packed-vectors.ts';
import { type Neighbours, TopK } from './top-k.ts';
import { type DotTile, dotTileModule, hitBytes, panelWidth } from './wasm/dot-tile.ts';

export interface CosineTask {
  readonly kind: 'cosine';
  readonly layout: PackedLayout;
  /** Each thread takes every `threads`-th panel of rows. */
  readonly thread: number;
  readonly floor: number;
  /** So many of the first rows are compared with all; absent: every row is. */
  readonly rows?: number;
  readonly wanted: { readonly neighbours: number } | { readonly maxPairs: number };
}

/** Pairs by row, column and score; not all of them where there are more than `maxPairs`. */
export interface Pairs {
  readonly rows: Int32Array<ArrayBuffer>;
  readonly columns: Int32Array<ArrayBuffer>;
  readonly scores: Float32Array<ArrayBuffer>;
  readonly complete: boolean;
}

/** Receives each pair that reaches the floor of one of its two rows. */
interface Sink {
  /** Returns `false` to end the search. */
  offer(row: number, column: number, score: number): boolean;
}

export function findNeighbours(task: CosineTask, k: number): Neighbours {
  const { floor } = task;
  const compared = comparedRows(task);
  const found = new TopK(compared, k);
  const floors = floorsOf(task);
  const raise = (row: number, index: number, score: number) => {
    if (score < floor || row >= compared) return;
    const next = found.offer(row, index, score);
    if (next !== null) floors[row] = next;
  };
  search(task, {
    offer(row, column, score) {
      raise(row, column, score);
      raise(column, row, score);
      return true;
    },
  });
  return found.neighbours;
}

export function findPairs(task: CosineTask, maxPairs: number): Pairs {
  const [rows, columns, scores]: [number[], number[], number[]] = [[], [], []];
  let complete = true;
  search(task, {
    offer(row, column, score) {
      complete = rows.length < maxPairs;
      if (!complete) return false;
      rows.push(row);
      columns.push(column);
      scores.push(score);
      return true;
    },
  });
  return {
    rows: Int32Array.from(rows),
    columns: Int32Array.from(columns),
    scores: Float32Array.from(scores),
    complete,
  };
}

/** Compares each pair once: a panel of rows with the panels from its own onwards, a block of columns at a time. */
function search(task: CosineTask, sink: Sink): void {
  const { memory, pages, panels, panelBytes, count, presentAt, threads } = task.layout;
  const { exports } = new WebAssembly.Instance(dotTileModule(pages), { host: { memory } });
  if (!isDotTile(exports.dotTile)) throw new Error('the kernel exports dotTile');
  const present = new Uint8Array(memory.buffer, presentAt, count);
  const floors = floorsOf(task);
  const compared = comparedRows(task);
  const lastPanel = Math.ceil(compared / panelWidth);
  floors.fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < compared; row++) if (present[row] === 1) floors[row] = task.floor;
  const floorsAt = floors.byteOffset;
  const hitsAt = floorsAt + floors.byteLength;
  const places = new Int32Array(memory.buffer, hitsAt);
  const scores = new Float32Array(memory.buffer, hitsAt);
  for (let block = 0; block < panels; block += panelsAtOnce) {
    const end = Math.min(panels, block + panelsAtOnce);
    for (let row = task.thread; row < Math.min(end, lastPanel); row += threads) {
      const from = Math.max(row, block);
      const bytes = exports.dotTile(
        ...([row * panelBytes, from * panelBytes, end - from, panelBytes] as const),
        ...([floorsAt + row * panelWidth * 4, floorsAt + from * panelWidth * 4, hitsAt] as const),
        ...([row * panelWidth, from * panelWidth] as const),
      );
      for (let hit = 0; hit < bytes / 4; hit += hitBytes / 4) {
        const [one, other] = [places[hit] ?? 0, places[hit + 1] ?? 0];
        // Both orders of a pair appear where a panel meets itself.
        if (one >= other || present[one] !== 1 || present[other] !== 1) continue;
        if (!sink.offer(one, other, scores[hit + 2] ?? 0)) return;
      }
    }
  }
}

function comparedRows({ layout: { count }, rows = count }: CosineTask): number {
  return Math.min(count, rows);
}

function floorsOf({ layout, thread }: CosineTask): Float32Array {
  const { memory, scratchAt, scratchBytes, panels } = layout;
  return new Float32Array(memory.buffer, scratchAt + thread * scratchBytes, panels * panelWidth);
}

function isDotTile(value: unknown): value is DotTile {
  return typeof value === 'function';
}
