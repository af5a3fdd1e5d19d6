import { describe, expect, test } from 'vitest';
import { load } from './support.ts';

const mappingOf = (yaml: string) => {
  const [mapping] = load(`collections: ${yaml}`, { WEAVIATE_URL: 'http://127.0.0.1:8080' }).collections;
  if (mapping === undefined) throw new Error('there is no collection');
  return mapping;
};
const column = (name: string) => ({ column: name, keys: [] });
const utc = { type: 'timestamptz', zone: 'UTC' };

describe('a collection of the default schema', () => {
  const defaults = {
    ...{ name: 'documents', mapped: false, table: { schema: 'knowledge', name: 'documents' }, id: 'id' },
    document: null,
    partition: column('workspace'),
    expiresAt: { ...column('expires_at'), ...utc },
    fetchedAt: { ...column('fetched_at'), ...utc },
    ...{ url: column('url'), title: column('title'), content: column('content'), contentHash: column('content_hash') },
    ...{ quality: column('quality'), filter: [], maxAgeDays: null, accept: [] },
    vectors: {
      ...{ in: 'table', table: { schema: 'knowledge', name: 'chunks' } },
      ...{ id: 'id', document: 'document_id', text: 'text', vector: 'embedding' },
    },
  };

  test('is there without a word', () => {
    expect(load('').collections).toEqual([defaults]);
    expect(mappingOf('{documents: {}}')).toEqual(defaults);
    expect(mappingOf('{documents: null}')).toEqual(defaults);
  });

  test('does not exist where the file only has graphs', () => {
    const { collections, graphs } = load('graphs: {facts: {}}');
    expect(collections).toEqual([]);
    expect(graphs.map(({ name }) => name)).toEqual(['facts']);
  });

  test('has a table of chunks of its own', () => {
    const { collections } = load('collections: {documents: {}, notes: {}}');
    const tables = collections.map(({ vectors }) => (vectors.in === 'table' ? vectors.table.name : null));
    expect(tables).toEqual(['chunks', 'notes_chunks']);
  });

  test('may keep its vectors in Weaviate', () => {
    expect(mappingOf('{documents: {vectors: {in: weaviate}}}').vectors).toEqual({
      ...{ in: 'weaviate', class: 'DocumentChunk', document: 'document_id', workspace: 'workspace' },
      ...{ chunk: 'chunk_id', text: 'text' },
    });
  });
});

describe('a collection on a table of the application', () => {
  test('assumes only what it must: no age limit, no vectors, no columns but id, workspace and expires_at', () => {
    expect(mappingOf('{notes: {table: notes}}')).toEqual({
      ...{ name: 'notes', mapped: true, table: { schema: 'public', name: 'notes' }, id: 'id' },
      document: null,
      partition: column('workspace'),
      expiresAt: { ...column('expires_at'), ...utc },
      ...{ fetchedAt: null, url: null, title: null, content: null, contentHash: null, quality: null },
      ...{ filter: [], vectors: { in: 'none' }, maxAgeDays: 'off', accept: [] },
    });
  });

  test('an id may be several columns, in their order; a list of one column is that column', () => {
    expect(mappingOf('{c: {table: t, id: [prefix, key]}}').id).toEqual(['prefix', 'key']);
    expect(mappingOf('{c: {table: t, id: [key]}}').id).toBe('key');
  });

  test.each([
    ['{table: t, id: [a, a]}', /id: .*must not name a column twice/],
    ['{table: t, id: []}', /collections\.c\.id: /],
    ['{table: t, id: [a, b], vectors: {in: table, table: c}}', /c\.vectors: a chunk names its document by one column/],
  ])('%s is refused', (settings, problem) => {
    expect(() => mappingOf(`{c: ${settings}}`)).toThrow(problem);
  });

  test('as mem0 keeps its memories on pgvector', () => {
    const yaml = `
      memories:
        table: public.memories
        id: id
        workspace: {path: payload.user_id}
        expires_at: {path: payload.expiration_date, type: date}
        vectors: {in: row}
    `;
    expect(mappingOf(`\n${yaml}`)).toMatchObject({
      ...{ mapped: true, table: { schema: 'public', name: 'memories' } },
      partition: { column: 'payload', keys: ['user_id'] },
      expiresAt: { column: 'payload', keys: ['expiration_date'], type: 'date', zone: 'UTC' },
      vectors: { in: 'row', column: 'vector' },
    });
  });

  test('an expiry of null is none, and a time in a JSON path is ISO text unless configured otherwise', () => {
    expect(mappingOf('{d: {table: t, expires_at: null}}').expiresAt).toBeNull();
    expect(mappingOf('{d: {table: t, fetched_at: {path: m.at.read}}}').fetchedAt).toEqual({
      ...{ column: 'm', keys: ['at', 'read'], type: 'iso_text', zone: 'UTC' },
    });
    expect(mappingOf('{d: {table: t, expires_at: {column: e, type: naive, zone: Europe/Berlin}}}').expiresAt).toEqual({
      ...{ column: 'e', keys: [], type: 'naive', zone: 'Europe/Berlin' },
    });
  });

  test('a filter takes one value or several, on a column or a path', () => {
    expect(mappingOf('{d: {table: t, filter: {kind: doc, meta.lang.code: [de, en]}}}').filter).toEqual([
      { column: 'kind', keys: [], anyOf: ['doc'] },
      { column: 'meta', keys: ['lang', 'code'], anyOf: ['de', 'en'] },
    ]);
  });

  test('an age limit counts once it is set, also as 0', () => {
    expect(mappingOf('{d: {table: t, max_age_days: 0}}').maxAgeDays).toBe(0);
    expect(mappingOf('{d: {table: t, max_age_days: off}}').maxAgeDays).toBe('off');
  });
});
