import { describe, expect, test } from 'vitest';
import { configurationDigest } from '../../src/config/digest.ts';
import { load, problemsOf } from './support.ts';

const mappingOf = (collection: string) => load(`collections: {one: ${collection}}`).collections[0];

describe('a preset', () => {
  test('is the whole mapping', () => {
    expect(mappingOf('{preset: mem0}')).toMatchObject({
      mapped: true,
      table: { schema: 'public', name: 'mem0' },
      partition: { column: 'payload', keys: ['user_id'] },
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
      partition: { column: 'payload', keys: ['agent_id'] },
      expiresAt: null,
      maxAgeDays: 9,
      fetchedAt: { column: 'payload', keys: ['created_at'] },
    });
  });

  test("looks for the application's other tables in the schema of the one that is named", () => {
    const through = (collection: string) => mappingOf(collection)?.partition.through?.table;
    expect(through('{preset: langchain}')).toEqual({ schema: 'public', name: 'langchain_pg_collection' });
    expect(through('{preset: langchain, table: crm.langchain_pg_embedding}')).toEqual({
      schema: 'crm',
      name: 'langchain_pg_collection',
    });
  });

  test('that has become one of memories is compared as before', () => {
    const documents = `{table: public.mem0, workspace: {path: payload.user_id}, content: {path: payload.data},
      expires_at: {path: payload.expiration_date, type: date}, fetched_at: {path: payload.created_at, type: iso_text},
      content_hash: {path: payload.hash}, vectors: {in: row, column: vector}}`;
    const digest = (collection: string) => {
      const mapping = mappingOf(collection);
      return mapping === undefined ? null : configurationDigest(mapping);
    };
    expect(mappingOf('{preset: mem0}')).toMatchObject({ kind: 'memories', fields: { bot: { keys: ['agent_id'] } } });
    expect(digest('{preset: mem0}')).toBe(digest(documents));
    expect(digest('{preset: mem0, score: {path: payload.metadata.importance}}')).not.toBe(digest(documents));
  });

  test('of memories is swept by the jobs whose fields it maps; another job says which field is missing', () => {
    const { jobs } = load(
      'collections: {m: {preset: mem0}, s: {preset: langgraph_store}, l: {preset: letta_passages}}',
    );
    const sweptBy = (id: string) => jobs.find(({ job }) => job.id === id)?.collections;
    expect(sweptBy('ttl-cleanup')).toEqual(['m', 's', 'l']);
    expect(sweptBy('memory-dedup')).toEqual(['m', 'l']);
    expect(sweptBy('memory-decay')).toEqual([]);
    expect(problemsOf('collections: {m: {preset: mem0}}\njobs: {memory-decay: {collections: [m]}}')).toEqual([
      'jobs.memory-decay.collections: m cannot be swept: no `score` is mapped: no field holds the importance of a memory',
    ]);
  });

  test('takes the partition under either name', () => {
    const [column, keys] = ['payload', ['agent_id']];
    for (const name of ['user', 'workspace'])
      expect(mappingOf(`{preset: mem0, ${name}: {path: payload.agent_id}}`)?.partition).toEqual({ column, keys });
  });

  test('that does not exist is refused with those that exist', () => {
    expect(problemsOf('collections: {one: {preset: memo}}')).toEqual([
      expect.stringMatching(/^collections\.one\.preset: .*mem0.*langchain.*llamaindex/),
    ]);
  });
});
