/**
 * The inner loop of exact neighbour search, as WebAssembly with SIMD: dot products of one panel of rows with several
 * panels of columns, of which it reports those that reach the floor of their row or of their column.
 *
 * A panel holds 8 vectors, dimension by dimension: 8 numbers of dimension 0, then 8 of dimension 1, and so on. Four rows
 * and eight columns are multiplied at a time, so that the eight sums stay in registers; every sum adds its products in
 * the order of the dimensions, wherever the pair lies. That makes a score independent of rows, batches and threads.
 */
import {
  addVectors,
  anyTrue,
  type Code,
  constant,
  doWhile,
  extractLane,
  get,
  greaterOrEqual,
  i32,
  ifTrue,
  laneBits,
  loadSplat,
  loadVector,
  moduleOf,
  multiplyAdd,
  multiplyVectors,
  or,
  set,
  storeFloat,
  storeInteger,
  v128,
  zeroVector,
} from './encode.ts';

export const panelWidth = 8;
/** Row, column and score of a reported pair, four bytes each. */
export const hitBytes = 12;
/** Dimensions are padded with zeros to a multiple of this. */
export const dimensionStep = 4;

/** Addresses and the result are in bytes. The floors are those of all vectors; a hit is written for each reported pair. */
export type DotTile = (
  rowPanel: number,
  columnPanel: number,
  columnPanels: number,
  panelBytes: number,
  rowFloors: number,
  columnFloors: number,
  hits: number,
  firstRow: number,
  firstColumn: number,
) => number;

const [rowPanel, columnPanel, panels, panelBytes, rowFloors, columnFloors, hits, firstRow, firstColumn] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;
const [rowAt, columnAt, columnEnd, half, hit, bits] = [9, 10, 11, 12, 13, 14] as const;
const [column0, column1, factor] = [15, 16, 17] as const;
const firstSum = 18;
const rowsAtOnce = 4;
const dimensionBytes = panelWidth * 4;
const sum = (row: number, side: number) => firstSum + row * 2 + side;

function multiplyInto(target: number, column: number, fused: boolean): Code {
  if (fused) return [...get(factor), ...get(column), ...get(target), ...multiplyAdd, ...set(target)];
  return [...get(target), ...get(factor), ...get(column), ...multiplyVectors, ...addVectors, ...set(target)];
}

const advance = (local: number, bytes: number): Code => [...get(local), ...constant(bytes), ...i32.add, ...set(local)];

function oneDimension(dimension: number, fused: boolean): Code {
  const offset = dimension * dimensionBytes;
  return [
    ...[...get(columnAt), ...loadVector(offset), ...set(column0)],
    ...[...get(columnAt), ...loadVector(offset + 16), ...set(column1)],
    ...range(rowsAtOnce).flatMap((row) => [
      ...[...get(rowAt), ...loadSplat(offset + row * 4), ...set(factor)],
      ...multiplyInto(sum(row, 0), column0, fused),
      ...multiplyInto(sum(row, 1), column1, fused),
    ]),
  ];
}

/** Of four sums: stores each that reaches the floor of its row or its column. */
function report(row: number, side: number): Code {
  const scores = sum(row, side);
  const reaches = [
    ...[...get(scores), ...get(rowFloors), ...get(half), ...i32.add, ...loadSplat(row * 4), ...greaterOrEqual],
    ...[...get(scores), ...get(columnFloors), ...loadVector(side * 16), ...greaterOrEqual],
    ...or,
  ];
  return [
    ...reaches,
    ...[...set(factor), ...get(factor), ...anyTrue],
    ...ifTrue(
      [...get(factor), ...laneBits, ...set(bits)],
      ...range(4).map((lane) => [
        ...[...get(bits), ...constant(1 << lane), ...i32.and],
        ...ifTrue(
          // `half` counts bytes: 0 or 16 for the first or the second four rows.
          [
            ...get(hit),
            ...get(firstRow),
            ...get(half),
            ...constant(row * 4),
            ...i32.add,
            ...constant(2),
            ...i32.shiftRight,
            ...i32.add,
          ],
          storeInteger(0),
          [...get(hit), ...get(firstColumn), ...constant(side * 4 + lane), ...i32.add, ...storeInteger(4)],
          [...get(hit), ...get(scores), ...extractLane(lane), ...storeFloat(8)],
          advance(hit, hitBytes),
        ),
      ]),
    ),
  ];
}

function body(fused: boolean): Code[] {
  const sums = range(rowsAtOnce * 2).map((at) => firstSum + at);
  const fourRows: Code = [
    ...sums.flatMap((local) => [...zeroVector, ...set(local)]),
    ...[...get(rowPanel), ...get(half), ...i32.add, ...set(rowAt)],
    ...[...get(columnPanel), ...set(columnAt)],
    ...[...get(columnPanel), ...get(panelBytes), ...i32.add, ...set(columnEnd)],
    ...doWhile(
      ...range(dimensionStep).map((dimension) => oneDimension(dimension, fused)),
      advance(rowAt, dimensionStep * dimensionBytes),
      advance(columnAt, dimensionStep * dimensionBytes),
      [...get(columnAt), ...get(columnEnd), ...i32.notEqual],
    ),
    ...range(rowsAtOnce).flatMap((row) => [...report(row, 0), ...report(row, 1)]),
    ...advance(half, 16),
  ];
  return [
    [...get(hits), ...set(hit)],
    doWhile(
      [...constant(0), ...set(half)],
      doWhile(fourRows, [...get(half), ...constant(32), ...i32.notEqual]),
      [...get(columnEnd), ...set(columnPanel)],
      advance(columnFloors, panelWidth * 4),
      advance(firstColumn, panelWidth),
      advance(panels, -1),
      [...get(panels), ...constant(0), ...i32.notEqual],
    ),
    // The number of bytes written.
    [...get(hit), ...get(hits), ...i32.subtract],
  ];
}

/** The compiled kernel. Processors and engines without relaxed SIMD multiply and add in two steps. */
export function dotTileModule(maxPages: number): WebAssembly.Module {
  const fused = encode(maxPages, true);
  return new WebAssembly.Module(WebAssembly.validate(fused) ? fused : encode(maxPages, false));
}

function encode(maxPages: number, fused: boolean): Uint8Array<ArrayBuffer> {
  return moduleOf(maxPages, {
    name: 'dotTile',
    parameters: new Array<number>(9).fill(i32.type),
    results: [i32.type],
    locals: [
      [6, i32.type],
      [3 + rowsAtOnce * 2, v128.type],
    ],
    body: body(fused),
  });
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}
