import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { quickFiles } from './quick.ts';

const files = globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/'));

it('the suffix of every test file names its project', () => {
  expect(files.filter((file) => !/\.(unit|stores|e2e|faults)\.test\.ts$/.test(file))).toEqual([]);
});

it('npm test names end-to-end files that exist', () => {
  expect(quickFiles.filter((file) => !files.includes(file))).toEqual([]);
});
