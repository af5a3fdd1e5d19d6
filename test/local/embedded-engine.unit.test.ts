import { expect, it } from 'vitest';
import { requireEmbeddedEngine } from '../../src/local/embedded-engine.ts';

it('an installation without the optional packages is told the command that installs them', () => {
  expect(() => requireEmbeddedEngine('file:///nowhere/module.js')).toThrow(
    expect.objectContaining({
      name: 'EmbeddedDatabaseMissingError',
      hint: expect.stringMatching(
        /DATABASE_URL.*npm install @electric-sql\/pglite@[\d.]+ @electric-sql\/pglite-pgvector@[\d.]+/,
      ),
    }),
  );
  expect(() => requireEmbeddedEngine()).not.toThrow();
});
