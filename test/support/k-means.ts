import { seededRandom } from '../../src/domain/random.ts';

const mostRounds = 25;

/**
 * Cluster of each vector by Lloyd's k-means with k-means++ seeding (Arthur and Vassilvitskii, SODA 2007).
 *
 * @param vectors row after row, `dimensions` values each
 */
export function kMeans(vectors: Float32Array, dimensions: number, k: number, seed: number): number[] {
  const rows = vectors.length / dimensions;
  const centres = firstCentres(vectors, dimensions, k, seededRandom(seed));
  let places: number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const next = Array.from({ length: rows }, (_, row) => nearest(vectors, row, centres, dimensions));
    if (places.length > 0 && next.every((place, row) => place === places[row])) break;
    places = next;
    moveCentres(centres, vectors, places, dimensions);
  }
  return places;
}

function firstCentres(vectors: Float32Array, dimensions: number, k: number, random: () => number): Float32Array {
  const rows = vectors.length / dimensions;
  const centres = new Float32Array(k * dimensions);
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(random() * rows);
  for (let made = 0; made < k; made++) {
    centres.set(vectors.subarray(chosen * dimensions, (chosen + 1) * dimensions), made * dimensions);
    for (let row = 0; row < rows; row++) {
      distances[row] = Math.min(distances[row] ?? 0, squaredDistance(vectors, row, centres, made, dimensions));
    }
    let rest = random() * distances.reduce((sum, distance) => sum + distance, 0);
    chosen = Math.max(
      0,
      distances.findIndex((distance) => {
        rest -= distance;
        return rest <= 0;
      }),
    );
  }
  return centres;
}

function nearest(vectors: Float32Array, row: number, centres: Float32Array, dimensions: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let at = 0; at * dimensions < centres.length; at++) {
    const distance = squaredDistance(vectors, row, centres, at, dimensions);
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

function squaredDistance(one: Float32Array, row: number, other: Float32Array, at: number, dimensions: number): number {
  let sum = 0;
  for (let place = 0; place < dimensions; place++) {
    const difference = (one[row * dimensions + place] ?? 0) - (other[at * dimensions + place] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

/** To the mean of their vectors; a centre without any stays. */
function moveCentres(
  centres: Float32Array,
  vectors: Float32Array,
  places: readonly number[],
  dimensions: number,
): void {
  const sizes = new Map<number, number>();
  for (const place of places) sizes.set(place, (sizes.get(place) ?? 0) + 1);
  for (const place of sizes.keys()) centres.fill(0, place * dimensions, (place + 1) * dimensions);
  places.forEach((place, row) => {
    const share = 1 / (sizes.get(place) ?? 1);
    for (let at = 0; at < dimensions; at++) {
      const to = place * dimensions + at;
      centres[to] = (centres[to] ?? 0) + (vectors[row * dimensions + at] ?? 0) * share;
    }
  });
}
