import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../tools/generate-docs.ts';

const root = join(import.meta.dirname, '../..');

describe('generated references', async () => {
  it.each([...(await generatedPages())])('%s is what `npm run docs` writes', (path, text) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });
});
