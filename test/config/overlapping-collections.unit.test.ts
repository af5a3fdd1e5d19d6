import { expect, test } from 'vitest';
import { load, problemsOf } from './support.ts';

const notes = 'table: public.notes, workspace: tenant';

test('two collections over one table whose rows can belong to both are a problem', () => {
  const problems = [
    expect.stringMatching(
      /^collections.b: collection a maps table public.notes too, and a row can belong to both; give/,
    ),
  ];
  expect(problemsOf(`collections: {a: {${notes}}, b: {${notes}}}`)).toEqual(problems);
  expect(problemsOf(`collections: {a: {${notes}}, b: {${notes}, filter: {kind: [x]}}}`)).toEqual(problems);
  expect(
    problemsOf(`collections: {a: {${notes}, filter: {kind: [x, y]}}, b: {${notes}, filter: {kind: [y, z]}}}`),
  ).toEqual(problems);
  expect(problemsOf(`collections: {a: {${notes}, filter: {kind: [x]}}, b: {${notes}, filter: {lang: [y]}}}`)).toEqual(
    problems,
  );
});

test('they are none where a filter gives every row to one of them', () => {
  const { collections } = load(`
    collections:
      a: {${notes}, filter: {kind: [x, y], lang: [en]}}
      b: {${notes}, filter: {kind: [z]}}
      c: {table: other.notes, workspace: tenant}
  `);
  expect(collections.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('a child table of rows of two tables is a problem, at any depth; of two parts of one table it is none', () => {
  const tags = '{table: tags, id: id, parent: {note_id: id}}';
  const part = (kind: string) => `${notes}, filter: {kind: [${kind}]}, children: [${tags}]`;
  expect(load(`collections: {a: {${part('x')}}, b: {${part('y')}}}`).collections).toHaveLength(2);
  const nested = `{table: lines, id: id, parent: {note_id: id}, children: [${tags}]}`;
  expect(
    problemsOf(`
    collections:
      a: {${notes}, children: [${tags}]}
      b: {table: public.pages, workspace: tenant, children: [${nested}]}`),
  ).toEqual([expect.stringMatching(/^collections.b.children: collection a has child table public.tags too/)]);
});
