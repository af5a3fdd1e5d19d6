import { describe, expect, test } from 'vitest';
import { load, problemsOf } from './support.ts';

const mappingOf = (collection: string) => load(`collections: {one: ${collection}}`).collections[0];

describe('a preset', () => {
  test('is the whole mapping', () => {
    expect(mappingOf('{preset: mem0}')).toMatchObject({
      mapped: true,
      table: { schema: 'public', name: 'mem0' },
      workspace: { column: 'payload', keys: ['user_id'] },
      expiresAt: { column: 'payload', keys: ['expiration_date'], type: 'date' },
      vectors: { in: 'row', column: 'vector' },
      maxAgeDays: 'off',
    });
    expect(mappingOf('{preset: llamaindex}')).toMatchObject({ table: { name: 'data_llamaindex' } });
  });

  test('is overridden, setting by setting, by the settings next to it', () => {
    const mapping = mappingOf(
      '{preset: mem0, table: notes, workspace: {path: payload.agent_id}, expires_at: null, max_age_days: 9}',
    );
    expect(mapping).toMatchObject({
      table: { schema: 'public', name: 'notes' },
      workspace: { column: 'payload', keys: ['agent_id'] },
      expiresAt: null,
      maxAgeDays: 9,
      fetchedAt: { column: 'payload', keys: ['created_at'] },
    });
  });

  test("looks for the application's other tables in the schema of the one that is named", () => {
    const through = (collection: string) => mappingOf(collection)?.workspace.through?.table;
    expect(through('{preset: langchain}')).toEqual({ schema: 'public', name: 'langchain_pg_collection' });
    expect(through('{preset: langchain, table: crm.langchain_pg_embedding}')).toEqual({
      schema: 'crm',
      name: 'langchain_pg_collection',
    });
  });

  test('that does not exist is refused with those that exist', () => {
    expect(problemsOf('collections: {one: {preset: memo}}')).toEqual([
      expect.stringMatching(/^collections\.one\.preset: .*mem0.*langchain.*llamaindex/),
    ]);
  });
});
