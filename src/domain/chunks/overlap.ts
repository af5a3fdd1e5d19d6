import type { Range } from './blocks.ts';
import type { ChunkOptions } from './chunk-text.ts';
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
  for (const match of text.slice(from, previous.end).matchAll(boundary)) {
    const cutAt = from + match.index + match[0].length;
    const start = cutAt + text.slice(cutAt, previous.end).search(/\S|$/);
    if (start >= previous.end) break;
    const tail = tokensOf(text, { start, end: previous.end }, countTokens);
    if (tail > overlapTokens) continue;
    return tokensOf(text, { start, end: body.end }, countTokens) <= maxTokens ? start : body.start;
  }
  return body.start;
}
