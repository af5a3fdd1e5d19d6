import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { pageOf } from '../src/sources/text/page.ts';
import { provenance, writeMarkedSection } from '../tools/docs/marked-section.ts';
import type { Bench } from './options.ts';
import { markdown, print, type Section, whole } from './report.ts';

const folder = fileURLToPath(new URL('../test/fixtures/pages/', import.meta.url));
const page = fileURLToPath(new URL('../docs/pages.md', import.meta.url));
const usage = 'npm run bench -- pages [--write]';
const introduction = `# Text of real pages

What Coppice reads out of the pages in \`test/fixtures/pages\`, beside Mozilla's Readability, which finds the main text of a page
for the reader view of Firefox. Neither is the truth: a difference is a place to look at. The texts themselves are next to
the pages, and a test compares them.

"In the other" is the share of one text's words that the other has too, each as often. Headings, blocks of code and tables
are counted in what each gives out.
`;

/** Result of one extractor for a page. */
interface Found {
  readonly words: ReadonlyMap<string, number>;
  readonly count: number;
  readonly headings: number;
  readonly codes: number;
  readonly tables: number;
}

export const pagesBench: Bench = {
  name: 'pages',
  title: 'text of real pages, against Readability',
  usage: `${usage}   (reads files: no servers, no options)`,
  async run(given) {
    const section = await compare();
    print(section);
    if (!given.write) return;
    const text = `${provenance('npm run bench -- pages --write', section.versions)}\n\n${markdown(section)}`;
    writeMarkedSection(page, introduction, 'pages', text);
  },
};

async function compare(): Promise<Section> {
  const rows: string[][] = [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.html')).sort();
  for (const file of files) {
    const bytes = await readFile(`${folder}${file}`);
    const [ours, theirs] = [await throughCoppice(bytes), throughReadability(bytes.toString('utf8'))];
    rows.push([
      file.replace('.html', ''),
      ...[whole(ours.count), whole(theirs.count), share(ours, theirs), share(theirs, ours)],
      ...[both(ours.headings, theirs.headings), both(ours.codes, theirs.codes), both(ours.tables, theirs.tables)],
    ]);
  }
  return {
    versions: `@mozilla/readability 0.6.0`,
    header: [
      ...['page', 'words, Coppice', 'words, Readability', 'Coppice’s in the other', 'Readability’s in the other'],
      ...['headings', 'code', 'tables'],
    ],
    rows,
    facts: [],
  };
}

async function throughCoppice(bytes: Uint8Array): Promise<Found> {
  const limits = { host: 'the page', outOfTimeAtMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal };
  const { text } = await pageOf(bytes, { kind: 'html', name: 'text/html', charset: null }, limits);
  const outsideOfCode = text.replace(/^[ >\d.-]*(`{3,})[^\n]*\n[\s\S]*?^[ >]*\1$/gm, '');
  return {
    ...wordsOf(text),
    headings: count(outsideOfCode, /^#{1,6} /gm),
    codes: count(text, /^[ >\d.-]*`{3,}[^\n`]*$/gm) / 2,
    tables: count(outsideOfCode, /^[ >\d.-]*\|(?: --- \|)+$/gm),
  };
}

function throughReadability(html: string): Found {
  const { document } = parseHTML(html);
  const found = new Readability(document).parse();
  const content = parseHTML(`<body>${found?.content ?? ''}</body>`).document;
  return {
    ...wordsOf(`${found?.title ?? ''} ${found?.textContent ?? ''}`),
    headings: content.querySelectorAll('h1, h2, h3, h4, h5, h6').length,
    codes: content.querySelectorAll('pre').length,
    tables: content.querySelectorAll('table').length,
  };
}

/** Scripts without spaces between words count by character. */
function wordsOf(text: string): { words: Map<string, number>; count: number } {
  const words = new Map<string, number>();
  const all = text.toLowerCase().match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}]+/gu) ?? [];
  for (const word of all) words.set(word, (words.get(word) ?? 0) + 1);
  return { words, count: all.length };
}

function share(of: Found, within: Found): string {
  let common = 0;
  for (const [word, times] of of.words) common += Math.min(times, within.words.get(word) ?? 0);
  return of.count === 0 ? '' : `${Math.round((100 * common) / of.count)} %`;
}

function both(ours: number, theirs: number): string {
  return `${ours} · ${theirs}`;
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
