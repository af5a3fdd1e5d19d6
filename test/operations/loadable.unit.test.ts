import { expect, it } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { loadableOf } from '../../src/operations/data/load/loadable.ts';

const own = toMapping('asked', { kind: 'queries' });
const mapped = toMapping('log', { kind: 'queries', table: 'app.log', user: 'u', question: 'q', asked_at: 'at' });

it('chooses the one collection of the kind that has a table of Coppice, and says what else there is', () => {
  expect(loadableOf([mapped, own], 'queries', undefined)).toBe(own);
  const refusal = (found: Parameters<typeof loadableOf>[0], name?: string) => {
    try {
      return loadableOf(found, 'queries', name).name;
    } catch (error) {
      return error;
    }
  };
  expect(refusal([mapped])).toMatchObject({
    message: "no collection of queries has a table of Coppice's own",
    hint: 'Rows of log are in a table of the application, which writes them itself.',
  });
  expect(refusal([])).toMatchObject({ hint: expect.stringContaining('Add one to the configuration') });
  expect(refusal([mapped, own], 'log')).toMatchObject({
    message: "collection 'log' cannot be loaded with queries",
    hint: 'Collections of queries in the default schema: asked.',
  });
  expect(refusal([own, toMapping('more', { kind: 'queries' })])).toMatchObject({ message: 'no collection is named' });
});
