import { setImmediate as breath } from 'node:timers/promises';
import { Refusal } from '../errors.ts';
import type { Extracted, ExtractLimits } from './extracted.ts';
import { HtmlReader } from './html-reader.ts';
import { HtmlTokens } from './html-tokens.ts';
import type { WrittenBlock } from './markdown-writer.ts';
import { OpenElements } from './open-elements.ts';
import { clean } from './plain-text.ts';

/** How much is parsed before others have their turn: a worker must go on heartbeating beside a large page. */
const sliceCharacters = 65_536;

/** Markdown of a page's main part, without menus, scripts and styles. */
export async function htmlText(html: string, limits: ExtractLimits): Promise<Extracted> {
  const reader = new HtmlReader();
  const elements = new OpenElements(reader);
  const tokens = new HtmlTokens(html, elements);
  for (let at = 0; at < html.length; at += sliceCharacters) {
    tokens.read(at, at + sliceCharacters);
    limits.signal.throwIfAborted();
    if (performance.now() > limits.outOfTimeAtMs) {
      throw new Refusal('unreadable', `the page of ${limits.host} takes too long to read`);
    }
    if (at + sliceCharacters < html.length) await breath();
  }
  tokens.end();
  elements.finish();
  const { title, blocks } = reader.result();
  const visible = sum(blocks, (block) => block.visible);
  return {
    title: title === null ? null : clean(title) || null,
    text: clean(joined(blocks)),
    linkShare: visible === 0 ? 0 : Math.min(1, sum(blocks, (block) => block.inLinks) / visible),
  };
}

function joined(blocks: readonly WrittenBlock[]): string {
  return blocks
    .map((block, at) => {
      if (at === 0) return block.text;
      return `${block.inList && blocks[at - 1]?.inList === true ? '\n' : '\n\n'}${block.text}`;
    })
    .join('');
}

function sum(blocks: readonly WrittenBlock[], of: (block: WrittenBlock) => number): number {
  return blocks.reduce((total, block) => total + of(block), 0);
}
