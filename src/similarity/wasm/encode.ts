/**
 * Encodes WebAssembly: the few instructions, types and sections that `dot-tile.ts` needs. The names are those of the
 * specification's text format, so that the kernel reads like it.
 */
export type Code = readonly number[];

const opcodes = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  i32Const: 0x41,
  simd: 0xfd,
} as const;

const noResult = 0x40;

export const i32 = { type: 0x7f, add: [0x6a], subtract: [0x6b], and: [0x71], shiftRight: [0x76], notEqual: [0x47] };
export const v128 = { type: 0x7b };

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

export const get = (local: number): Code => [opcodes.localGet, ...unsigned(local)];
export const set = (local: number): Code => [opcodes.localSet, ...unsigned(local)];
export const constant = (value: number): Code => [opcodes.i32Const, ...signed(value)];
/** Repeats the body until its last instruction, a condition, is zero. */
export const doWhile = (...body: readonly Code[]): Code => [
  ...[opcodes.loop, noResult],
  ...body.flat(),
  ...[opcodes.brIf, 0, opcodes.end],
];
/** Runs the body if the value on the stack is not zero. */
export const ifTrue = (...body: readonly Code[]): Code => [opcodes.if, noResult, ...body.flat(), opcodes.end];

const simd = (opcode: number): Code => [opcodes.simd, ...unsigned(opcode)];
const aligned = (log2: number, offset: number): Code => [...unsigned(log2), ...unsigned(offset)];

export const loadVector = (offset: number): Code => [...simd(0x00), ...aligned(2, offset)];
export const loadSplat = (offset: number): Code => [...simd(0x09), ...aligned(2, offset)];
export const storeInteger = (offset: number): Code => [0x36, ...aligned(2, offset)];
export const storeFloat = (offset: number): Code => [0x38, ...aligned(2, offset)];
export const zeroVector: Code = [...simd(0x0c), ...new Array<number>(16).fill(0)];
export const extractLane = (lane: number): Code => [...simd(0x1f), lane];
export const greaterOrEqual: Code = simd(0x46);
export const or: Code = simd(0x50);
export const anyTrue: Code = simd(0x53);
/** One bit for each lane. */
export const laneBits: Code = simd(0xa4);
export const addVectors: Code = simd(0xe4);
export const multiplyVectors: Code = simd(0xe6);
/** Relaxed SIMD: one rounding or two, as the processor does it faster; always the same on one processor. */
export const multiplyAdd: Code = simd(0x105);

interface FunctionOfModule {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly body: readonly Code[];
}

/** A module that imports a shared memory as `host.memory` and exports one function. */
export function moduleOf(
  maxPages: number,
  { name, parameters, results, locals, body }: FunctionOfModule,
): Uint8Array<ArrayBuffer> {
  const text = (value: string) => counted([...new TextEncoder().encode(value)]);
  const sharedWithMaximum = 0x03;
  const code = [...list(locals.map(([count, type]) => [...unsigned(count), type])), ...body.flat(), opcodes.end];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list([[0x60, ...counted(parameters), ...counted(results)]])),
    ...section(2, list([[...text('host'), ...text('memory'), 0x02, sharedWithMaximum, 0, ...unsigned(maxPages)]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text(name), 0x00, 0]])),
    ...section(10, list([counted(code)])),
  ]);
}

const counted = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...counted(content)];
