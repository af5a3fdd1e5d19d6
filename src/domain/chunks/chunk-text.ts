import { type Block, blocksOf, type Range } from './blocks.ts';
import type { ChunkOptions } from './chunk-options.ts';
import { cut, packable } from './cut.ts';
import { overlapStart } from './overlap.ts';
import { estimateTokens } from './tokens.ts';

export interface Chunk extends Range {
  /** Exactly what stands from `start` to `end`. */
  readonly text: string;
  /** The headings that the chunk stands under, outermost first; those within it are in its text. */
  readonly headings: readonly string[];
}

/** Some 250 English words: enough to be found by, little enough to be about one thing. */
const chunkDefaults: ChunkOptions = { maxTokens: 400, overlapTokens: 40, countTokens: estimateTokens };

/** A chunk smaller than this share of the limit goes on past a heading, so that short sections stay together. */
const leastShareBeforeHeading = 0.25;
const leastTokens = 16;

/**
 * Cuts Markdown or plain text into chunks: whole sections where they fit, else whole paragraphs, code blocks and tables,
 * else lines, sentences, words. Nothing but white space is lost, the order is kept, no chunk is over the limit.
 */
export function chunkText(text: string, options: Partial<ChunkOptions> = {}): Chunk[] {
  const { maxTokens, overlapTokens, countTokens } = { ...chunkDefaults, ...options };
  if (!(maxTokens >= leastTokens)) throw new RangeError(`a chunk must hold at least ${leastTokens} tokens`);
  if (!(overlapTokens >= 0 && overlapTokens <= maxTokens / 2)) {
    throw new RangeError('chunks may overlap by half of their tokens at most');
  }
  const limit = maxTokens - overlapTokens;
  const pieces = blocksOf(text).flatMap((block) =>
    cut(text, block, limit, countTokens)
      .filter((range) => text.slice(range.start, range.end).trim() !== '')
      .map((range) => ({ ...range, block })),
  );
  const chunks: Chunk[] = [];
  let above: readonly Block[] = [];
  let previous: Range | null = null;
  for (let at = 0; at < pieces.length; ) {
    const isHeading = (index: number) => pieces[index]?.block.kind === 'heading';
    const size = packable(
      text,
      pieces,
      at,
      limit,
      countTokens,
      (next, tokens) => isHeading(next) && tokens >= maxTokens * leastShareBeforeHeading && !isHeading(next - 1),
    );
    const taken = withoutLastHeadings(size, at + size < pieces.length, (index) => isHeading(at + index));
    const body = trimmed(text, { start: pieces[at]?.start ?? 0, end: pieces[at + taken - 1]?.end ?? 0 });
    const overlaps: boolean = previous !== null && overlapTokens > 0 && !isHeading(at);
    const start =
      overlaps && previous ? overlapStart(text, previous, body, { maxTokens, overlapTokens, countTokens }) : body.start;
    const first = pieces[at]?.block;
    const headings = (first === undefined ? [] : outside(above, first))
      .map(({ title }) => title)
      .filter((title) => title !== '');
    chunks.push({ start, end: body.end, text: text.slice(start, body.end), headings });
    above = pieces.slice(at, at + taken).reduce((trail, { block }) => under(trail, block), above);
    previous = body;
    at += taken;
  }
  return chunks;
}

/** A heading belongs to what follows it. */
function withoutLastHeadings(size: number, more: boolean, isHeading: (index: number) => boolean): number {
  if (!more) return size;
  let taken = size;
  while (taken > 0 && isHeading(taken - 1)) taken -= 1;
  return taken === 0 ? size : taken;
}

function under(trail: readonly Block[], block: Block): readonly Block[] {
  return block.kind === 'heading' ? [...outside(trail, block), block] : trail;
}

/** Of the headings in force those that still are when the block begins. */
function outside(trail: readonly Block[], block: Block): readonly Block[] {
  return block.kind === 'heading' ? trail.filter((one) => one.level < block.level) : trail;
}

function trimmed(text: string, { start, end }: Range): Range {
  const content = text.slice(start, end);
  return {
    start: start + content.length - content.trimStart().length,
    end: end - (content.length - content.trimEnd().length),
  };
}
