/** Numbers in [0, 1) that a seed repeats on every machine (mulberry32, Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 0 … length - 1 in an order that the random numbers give (Fisher–Yates). */
export function shuffledIndices(length: number, random: () => number): Int32Array {
  const order = new Int32Array(length);
  for (let at = 0; at < length; at++) {
    const other = Math.floor(random() * (at + 1));
    order[at] = order[other] ?? 0;
    order[other] = at;
  }
  return order;
}
