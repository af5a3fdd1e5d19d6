import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const docs = join(import.meta.dirname, '../../docs');

it('every page of the documentation is in the menu of the site', () => {
  const menu = readFileSync(join(docs, '.vitepress/config.ts'), 'utf8');
  const pages = readdirSync(docs).flatMap((name) => /^(?!index)(.*)\.md$/.exec(name)?.[1] ?? []);
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.filter((page) => !menu.includes(`'${page}']`))).toEqual([]);
});
