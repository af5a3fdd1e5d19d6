import type { Extracted } from './extracted.ts';

/** Bounded on all sides, so that no text makes it slow. */
const link = /\[([^\][\n]{1,500})\]\([^()\s]{1,2000}\)/g;
const firstHeading = /^ {0,3}# +(\S.{0,300})$/m;

/** Markdown and plain text stay as they are, but for line ends and what no text holds. */
export function plainText(content: string): Extracted {
  const text = clean(content);
  const title =
    firstHeading
      .exec(text)?.[1]
      ?.replace(/ +#+ *$/, '')
      .trim() ?? null;
  return { title, text, linkShare: linkShare(text) };
}

/** PostgreSQL stores no NUL, and no text needs other control characters than tab and line end. */
export function clean(content: string): string {
  return (
    content
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g, '')
      .trim()
  );
}

/** The addresses themselves are not counted: they are not read. */
function linkShare(text: string): number {
  let inLinks = 0;
  let inAddresses = 0;
  for (const [whole, words = ''] of text.matchAll(link)) {
    inLinks += words.length;
    inAddresses += whole.length - words.length;
  }
  const all = text.length - inAddresses;
  return all <= 0 ? 0 : Math.min(1, inLinks / all);
}
