import type { WrittenBlock } from './markdown-writer.ts';

export const region = { outside: 0, article: 1, main: 2 };

/** So many times the text of `main` outside of it: then `main` is not the page's main part. */
const mostOutsideMain = 10;
/** The same of the only article; where the page's first heading is outside of it, no more than its own text. */
const mostOutsideArticle = 2;

/**
 * The blocks of a page that are its text: its main part where one is marked, else its only article, else all. A part that
 * holds little of what the page says is not the main one: a teaser at the end of a page is an article too.
 */
export function mainPart(blocks: readonly WrittenBlock[], articles: number): readonly WrittenBlock[] {
  const [main, outsideMain] = parted(blocks, (block) => block.region === region.main);
  if (main.length > 0 && sizeOf(outsideMain) <= mostOutsideMain * sizeOf(main)) return main;
  if (articles !== 1) return blocks;
  const [article, outside] = parted(blocks, (block) => block.region !== region.outside);
  const most = outside.some(isTitle) && !article.some(isTitle) ? 1 : mostOutsideArticle;
  return article.length > 0 && sizeOf(outside) <= most * sizeOf(article) ? article : blocks;
}

function parted(blocks: readonly WrittenBlock[], isIn: (block: WrittenBlock) => boolean) {
  return [blocks.filter(isIn), blocks.filter((block) => !isIn(block))] as const;
}

/** Menus are long and nothing but links, so that links do not count. */
function sizeOf(blocks: readonly WrittenBlock[]): number {
  return blocks.reduce((sum, { visible, inLinks }) => sum + visible - inLinks, 0);
}

function isTitle({ text }: WrittenBlock): boolean {
  return text.startsWith('# ');
}
