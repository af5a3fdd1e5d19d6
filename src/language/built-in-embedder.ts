/**
 * A deterministic embedder without a model: words and pairs of neighbouring words are hashed into 256 signed features.
 * It finds texts that share words and knows nothing of meaning: "car" and "automobile" are strangers to it. It is there
 * so that Coppice can be tried, and tested, without a language model; for anything else give chunks their own vectors.
 */
export const builtInDimensions = 256;
export const builtInEmbedderName = `built-in (hashing, ${builtInDimensions} dimensions)`;

/** A pair says more than either word, but exact pairs are rare: half the weight keeps single words in charge. */
const pairWeight = 0.5;

/** Scripts written without spaces give one word a character; the pairs then are what a word would have been. */
const words =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}\p{M}]+/gu;

/** 256 numbers of length 1 together, each exactly a 32-bit float. The same text gives the same bits everywhere. */
export function embedText(text: string): number[] {
  const sums = new Float64Array(builtInDimensions);
  for (const [feature, weight] of featuresOf(text)) {
    const hash = hashOf(feature);
    const at = hash % builtInDimensions;
    // A bit that the position does not use: features that meet in a place cancel out on average.
    sums[at] = (sums[at] ?? 0) + (hash >>> 31 === 0 ? weight : -weight);
  }
  const length = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
  // No words, or words that cancel out: a cosine with a zero vector is not a number, so such texts share one direction.
  if (length === 0) return Array.from(sums, (_, at) => (at === 0 ? 1 : 0));
  return Array.from(sums, (value) => Math.fround(value / length));
}

/** Features with their weights. The tenth "the" says little more than the first: weights grow with the square root. */
function featuresOf(text: string): Map<string, number> {
  const weights = new Map<string, number>();
  const add = (feature: string, weight: number) => weights.set(feature, (weights.get(feature) ?? 0) + weight);
  let previous: string | null = null;
  for (const word of text.normalize('NFKC').toLowerCase().match(words) ?? []) {
    add(word, 1);
    if (previous !== null) add(`${previous} ${word}`, pairWeight);
    previous = word;
  }
  for (const [feature, weight] of weights) weights.set(feature, Math.sqrt(weight));
  return weights;
}

/** 32-bit FNV-1a over UTF-16, finished as in MurmurHash3 so that the low bits depend on every character. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
