/**
 * Adjusted mutual information of two partitions of the same rows, with the arithmetic mean of their entropies: 1 for equal
 * partitions, 0 in expectation for independent ones (Vinh, Epps and Bailey, JMLR 11, 2010).
 */
export function adjustedMutualInformation(one: readonly number[], other: readonly number[]): number {
  const rows = one.length;
  const [a, b] = [sizesOf(one), sizesOf(other)];
  const together = sizesOf(one.map((value, at) => `${value} ${other[at]}`));
  let mutual = 0;
  for (const [pair, size] of together) {
    const [x = '', y = ''] = pair.split(' ');
    mutual += (size / rows) * Math.log((rows * size) / ((a.get(Number(x)) ?? 0) * (b.get(Number(y)) ?? 0)));
  }
  const expected = expectedMutualInformation([...a.values()], [...b.values()], rows);
  const mean = (entropyOf([...a.values()], rows) + entropyOf([...b.values()], rows)) / 2;
  return (mutual - expected) / (mean - expected);
}

function sizesOf<T>(values: readonly T[]): Map<T, number> {
  const sizes = new Map<T, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return sizes;
}

function entropyOf(sizes: readonly number[], rows: number): number {
  return -sizes.reduce((sum, size) => sum + (size / rows) * Math.log(size / rows), 0);
}

/** Over all partitions with these sizes: the hypergeometric distribution of each cell. */
function expectedMutualInformation(a: readonly number[], b: readonly number[], rows: number): number {
  const logFactorial = new Float64Array(rows + 1);
  for (let n = 1; n <= rows; n++) logFactorial[n] = (logFactorial[n - 1] ?? 0) + Math.log(n);
  const f = (n: number) => logFactorial[n] ?? 0;
  let sum = 0;
  for (const x of a) {
    for (const y of b) {
      const constant = f(x) + f(y) + f(rows - x) + f(rows - y) - f(rows);
      for (let n = Math.max(1, x + y - rows); n <= Math.min(x, y); n++) {
        const probability = Math.exp(constant - f(n) - f(x - n) - f(y - n) - f(rows - x - y + n));
        sum += (n / rows) * Math.log((rows * n) / (x * y)) * probability;
      }
    }
  }
  return sum;
}
