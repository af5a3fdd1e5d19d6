import { linesOf, type Range } from './blocks.ts';
import type { TokenCounter } from './tokens.ts';

/**
 * Where a stretch that is too long is cut: at lines, else after sentences, else between words, else anywhere. The
 * look-behind keeps a long run of signs from being tried from each of its places.
 */
const cutters = [
  linesOf,
  (text: string, range: Range) => piecesAt(/(?<![.!?…])[.!?…]+["'”’)\]]*\s+|[。！？]+/gu, text, range),
  (text: string, range: Range) => piecesAt(/\s+/gu, text, range),
];

/** Ranges that hold together exactly the given one, each of at most `limit` tokens, as few as the places to cut allow. */
export function cut(text: string, range: Range, limit: number, count: TokenCounter, level = 0): Range[] {
  if (tokensOf(text, range, count) <= limit) return [range];
  const cutter = cutters[level];
  if (cutter === undefined) return cutAnywhere(text, range, limit, count);
  const pieces = [...cutter(text, range)].flatMap((piece) => cut(text, piece, limit, count, level + 1));
  return pack(text, pieces, limit, count);
}

/** Joins neighbours as long as they have at most `limit` tokens together. None alone may have more. */
function pack(text: string, pieces: readonly Range[], limit: number, count: TokenCounter): Range[] {
  const packed: Range[] = [];
  let at = 0;
  while (at < pieces.length) {
    const size = packable(text, pieces, at, limit, count);
    const [first, last] = [pieces[at], pieces[at + size - 1]];
    if (first !== undefined && last !== undefined) packed.push({ start: first.start, end: last.end });
    at += size;
  }
  return packed;
}

/**
 * How many pieces from `at` fit together. The sum of their tokens is a good guess, but tokenizers do not add up: what
 * counts is the whole.
 */
export function packable(
  text: string,
  pieces: readonly Range[],
  at: number,
  limit: number,
  count: TokenCounter,
  mayEndBefore: (next: number, tokens: number) => boolean = () => false,
): number {
  let size = 0;
  let tokens = 0;
  for (let next = at; next < pieces.length; next++) {
    const piece = pieces[next];
    if (piece === undefined) break;
    const more = tokensOf(text, piece, count);
    if (size > 0 && (tokens + more > limit || mayEndBefore(next, tokens))) break;
    tokens += more;
    size += 1;
  }
  const start = pieces[at]?.start ?? 0;
  while (size > 1) {
    const together = tokensOf(text, { start, end: pieces[at + size - 1]?.end ?? start }, count);
    if (together <= limit) break;
    size = Math.max(1, Math.min(size - 1, Math.floor((size * limit) / together)));
  }
  return Math.max(1, size);
}

export function tokensOf(text: string, { start, end }: Range, count: TokenCounter): number {
  return count(text.slice(start, end).trim());
}

function* piecesAt(boundary: RegExp, text: string, range: Range): Generator<Range> {
  let start = range.start;
  for (const match of text.slice(range.start, range.end).matchAll(boundary)) {
    const end = range.start + match.index + match[0].length;
    if (end > start) yield { start, end };
    start = end;
  }
  if (start < range.end) yield { start, end: range.end };
}

/** Between characters, never inside one. A piece is halved until it fits: counts need not grow with every character. */
function cutAnywhere(text: string, range: Range, limit: number, count: TokenCounter): Range[] {
  const ranges: Range[] = [];
  let start = range.start;
  // No tokenizer makes one token of many characters; from then on a piece is about as long as the one before.
  let guess = limit * 8;
  while (start < range.end) {
    let end = Math.min(range.end, start + guess);
    while (tokensOf(text, { start, end: whole(text, start, end) }, count) > limit && end - start > 1) {
      end = start + Math.ceil((end - start) / 2);
    }
    end = whole(text, start, end);
    ranges.push({ start, end });
    guess = Math.max(16, (end - start) * 2);
    start = end;
  }
  return pack(text, ranges, limit, count);
}

/** The end, moved so that no surrogate pair is cut. */
function whole(text: string, start: number, end: number): number {
  const last = text.charCodeAt(end - 1);
  const inside = end < text.length && last >= 0xd800 && last <= 0xdbff;
  if (!inside) return end;
  return end - 1 > start ? end - 1 : end + 1;
}
