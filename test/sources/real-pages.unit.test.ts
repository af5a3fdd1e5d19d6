import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pageOf } from '../../src/sources/text/page.ts';
import { never } from './support.ts';

const folder = fileURLToPath(new URL('../fixtures/pages/', import.meta.url));
const pages = (await readdir(folder)).filter((name) => name.endsWith('.html'));

/** The texts beside the pages. After a change that is meant: `npx vitest run -u test/sources/real-pages.unit.test.ts`. */
describe('the text of real pages is what it was', () => {
  it('there are pages of five generators', () => {
    const generators = new Set(pages.map((name) => name.split('-')[0]));
    expect([...generators].sort()).toEqual(['docbook', 'doxygen', 'javadoc', 'sphinx', 'texinfo']);
  });

  it.each(pages)('%s', async (name) => {
    const bytes = await readFile(`${folder}${name}`);
    const limits = { host: 'the page', outOfTimeAtMs: performance.now() + 60_000, signal: never };
    const { title, text } = await pageOf(bytes, { kind: 'html', name: 'text/html', charset: null }, limits);
    await expect(`title: ${title}\n\n${text}\n`).toMatchFileSnapshot(`${folder}${name.replace('.html', '.md')}`);
  });
});
