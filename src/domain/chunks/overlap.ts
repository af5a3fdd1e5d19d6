import type { Range } from './blocks.ts';
import type { ChunkOptions } from './chunk-options.ts';
import { tokensOf } from './cut.ts';

const boundary = /\n+|(?<![.!?…])[.!?…]+["'”’)\]]*\s+|[。！？]+/gu;
/** No tokenizer is known to make one token of more, on average. */
const mostCharactersPerToken = 8;

/**
 * Where a chunk starts that says the end of the one before again: at the earliest line or sentence from which no more
 * than the overlap is left. Where there is none, or the whole would be over the limit, it starts where it would have.
 */
export function overlapStart(text: string, previous: Range, body: Range, options: ChunkOptions): number {
  const { maxTokens, overlapTokens, countTokens } = options;
  const from = Math.max(previous.start + 1, previous.end - overlapTokens * mostCharactersPerToken);
  const starts = Array.from(text.slice(from, previous.end).matchAll(boundary), (match) => {
    const cutAt = from + match.index + match[0].length;
    return cutAt + text.slice(cutAt, previous.end).search(/\S|$/);
  });
  const tail = (start: number) => tokensOf(text, { start, end: previous.end }, countTokens);
  // The later a start the less is left: halving finds the first that leaves little enough.
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tail(starts[middle] ?? 0) <= overlapTokens) high = middle;
    else low = middle + 1;
  }
  const start = starts[low];
  if (start === undefined || start >= previous.end || tail(start) > overlapTokens) return body.start;
  if (tokensOf(text, { start, end: body.end }, countTokens) <= maxTokens) return start;
  return body.start;
}
