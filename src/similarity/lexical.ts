import { type Neighbours, TopK } from './top-k.ts';

export interface LexicalTask {
  readonly kind: 'lexical';
  /** Normalised: lower case, words separated by one space. */
  readonly texts: readonly string[];
  readonly k: number;
  /** Of what all rows share little is learned, and it costs most: longer postings only score what others found. */
  readonly maxPostings: number;
}

const gramLength = 3;

/** Texts as vectors of character n-grams, each weighted by how rare it is, in rows of typed arrays. */
interface GramMatrix {
  readonly starts: Int32Array;
  readonly grams: Int32Array;
  readonly weights: Float32Array;
  readonly gramCount: number;
}

/**
 * The texts that share most with each text: cosine of tf-idf weighted character trigrams. Scores are exact. Where a
 * trigram occurs in more than `maxPostings` texts, a neighbour is found only if it shares a rarer one too.
 */
export function lexicalNeighbours({ texts, k, maxPostings }: LexicalTask): Neighbours {
  const matrix = gramMatrix(texts);
  const postings = postingsOf(matrix, maxPostings);
  const found = new TopK(texts.length, k);
  const sums = new Float32Array(texts.length);
  const touched = new Int32Array(texts.length);
  const ownWeights = new Float32Array(matrix.gramCount);
  for (let row = 0; row < texts.length; row++) {
    let touchedCount = 0;
    const [start, end] = [matrix.starts[row] ?? 0, matrix.starts[row + 1] ?? 0];
    for (let at = start; at < end; at++) {
      const gram = matrix.grams[at] ?? 0;
      const weight = matrix.weights[at] ?? 0;
      ownWeights[gram] = weight;
      for (let place = postings.starts[gram] ?? 0; place < (postings.starts[gram + 1] ?? 0); place++) {
        const other = postings.rows[place] ?? 0;
        if (sums[other] === 0) touched[touchedCount++] = other;
        sums[other] = (sums[other] ?? 0) + weight * (postings.weights[place] ?? 0);
      }
    }
    const nearest = new TopK(1, Math.min(touchedCount, postings.complete ? k + 1 : 4 * k));
    for (let at = 0; at < touchedCount; at++) {
      const other = touched[at] ?? 0;
      if (other !== row) nearest.offer(0, other, sums[other] ?? 0);
      sums[other] = 0;
    }
    for (const other of nearest.neighbours.indices) {
      if (other >= 0) found.offer(row, other, dot(matrix, other, ownWeights));
    }
    for (let at = start; at < end; at++) ownWeights[matrix.grams[at] ?? 0] = 0;
  }
  return found.neighbours;
}

function gramMatrix(texts: readonly string[]): GramMatrix {
  const numbers = new Map<string, number>();
  const rowsWith: number[] = [];
  const rows = texts.map((text) => {
    const counts = new Map<number, number>();
    for (const gram of gramsOf(text)) {
      let number = numbers.get(gram);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(gram, number);
        rowsWith.push(0);
      }
      const before = counts.get(number) ?? 0;
      if (before === 0) rowsWith[number] = (rowsWith[number] ?? 0) + 1;
      counts.set(number, before + 1);
    }
    return counts;
  });
  const starts = new Int32Array(texts.length + 1);
  rows.forEach((counts, row) => {
    starts[row + 1] = (starts[row] ?? 0) + counts.size;
  });
  const size = starts[texts.length] ?? 0;
  const [grams, weights] = [new Int32Array(size), new Float32Array(size)];
  rows.forEach((counts, row) => {
    let at = starts[row] ?? 0;
    let squares = 0;
    for (const [gram, count] of counts) {
      const weight = (1 + Math.log(count)) * Math.log(1 + texts.length / (rowsWith[gram] ?? 1));
      squares += weight * weight;
      grams[at] = gram;
      weights[at++] = weight;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let place = starts[row] ?? 0; place < at; place++) weights[place] = (weights[place] ?? 0) * scale;
  });
  return { starts, grams, weights, gramCount: numbers.size };
}

/** Each word has a space before and after it, so that its first and last letters count as such. */
function* gramsOf(text: string): Generator<string> {
  const padded = ` ${text} `;
  for (let at = 0; at + gramLength <= padded.length; at++) yield padded.slice(at, at + gramLength);
}

function postingsOf({ starts, grams, weights, gramCount }: GramMatrix, maxPostings: number) {
  const lengths = new Int32Array(gramCount);
  for (const gram of grams) lengths[gram] = (lengths[gram] ?? 0) + 1;
  const complete = lengths.every((length) => length <= maxPostings);
  const postingStarts = new Int32Array(gramCount + 1);
  for (let gram = 0; gram < gramCount; gram++) {
    const length = lengths[gram] ?? 0;
    postingStarts[gram + 1] = (postingStarts[gram] ?? 0) + (length <= maxPostings ? length : 0);
  }
  const size = postingStarts[gramCount] ?? 0;
  const [rows, postingWeights] = [new Int32Array(size), new Float32Array(size)];
  const next = postingStarts.slice(0, gramCount);
  for (let row = 0; row + 1 < starts.length; row++) {
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at++) {
      const gram = grams[at] ?? 0;
      if ((lengths[gram] ?? 0) > maxPostings) continue;
      const place = next[gram] ?? 0;
      rows[place] = row;
      postingWeights[place] = weights[at] ?? 0;
      next[gram] = place + 1;
    }
  }
  return { starts: postingStarts, rows, weights: postingWeights, complete };
}

function dot({ starts, grams, weights }: GramMatrix, row: number, ownWeights: Float32Array): number {
  let sum = 0;
  for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at++) {
    sum += (weights[at] ?? 0) * (ownWeights[grams[at] ?? 0] ?? 0);
  }
  return sum;
}
