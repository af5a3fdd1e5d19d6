import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { whyNotSwept } from '../../src/domain/needs.ts';
import { collectionKinds } from '../../src/domain/row-fields.ts';
import { isSweep } from '../../src/jobs/facts.ts';
import { catalogue } from '../../src/jobs/index.ts';
import { load, problemsOf } from './support.ts';

const yaml = `
collections:
  documents: {}
  notes: {table: app.notes, url: source}
  facts: {kind: memories}
  dated: {kind: memories, table: app.dated, user: owner, expires_at: ends_at}
  dateless: {kind: memories, table: app.dateless, user: owner}
  profiles: {kind: attributes, table: app.profiles}
`;
const sweptBy = (job: string) => load(yaml).jobs.find((one) => one.job.id === job)?.collections;

describe('a job sweeps collections of the kinds that it names, where they have the fields that it needs', () => {
  test('documents are cleaned up as before, other kinds only by an expiry date of their own', () => {
    expect(sweptBy('ttl-cleanup')).toEqual(['documents', 'notes', 'facts', 'dated']);
  });

  test('only documents are fetched again', () => {
    expect(sweptBy('document-refresh')).toEqual(['documents', 'notes']);
  });

  test('every job on rows states the kinds that it works on', () => {
    const onRows = catalogue.filter((job) => job.target === 'rows');
    expect(onRows.length).toBeGreaterThan(1);
    for (const job of onRows) expect(Object.keys((isSweep(job) && job.needs) || {})).not.toEqual([]);
  });

  test('a job that joins the catalogue sweeps no collection of a kind that it does not name', () => {
    for (const collection of load(yaml).collections) {
      const kind = collection.kind ?? 'documents';
      for (const named of collectionKinds) {
        const reason = whyNotSwept(collection, { [named]: [] });
        expect(reason === null).toBe(named === kind);
      }
    }
  });

  test('a collection that is named and cannot be swept is a problem, with the reason', () => {
    expect(
      problemsOf(`${yaml}\njobs: {ttl-cleanup: {collections: [dateless]}, document-refresh: {collections: [facts]}}`),
    ).toEqual([
      'jobs.ttl-cleanup.collections: dateless cannot be swept: no `expires_at` is mapped: no field holds an expiry date',
      'jobs.document-refresh.collections: facts cannot be swept: it is a collection of memories, and the job works on documents',
    ]);
  });
});

describe('a collection without a kind', () => {
  test('is of documents, and its mapping has no key that earlier releases did not know', () => {
    const [documents] = loadConfig({}).collections;
    expect(Object.keys(documents ?? {})).not.toContain('kind');
    expect(Object.keys(documents ?? {})).not.toContain('fields');
  });
});

describe('a collection of memories', () => {
  const column = (name: string) => ({ column: name, keys: [] });

  test('has the columns of the default schema', () => {
    const memories = load(yaml).collections.find((one) => one.name === 'facts');
    expect(memories).toMatchObject({
      ...{ kind: 'memories', partition: column('user_id'), url: null, quality: null, fetchedAt: null },
      ...{ expiresAt: { column: 'expires_at', type: 'timestamptz' }, vectors: { in: 'row', column: 'embedding' } },
      fields: { score: column('score'), bot: column('bot_id'), last_accessed_at: { type: 'timestamptz' } },
    });
  });

  test('on a table of the application has only what is mapped', () => {
    const memories = load(yaml).collections.find((one) => one.name === 'dateless');
    expect(memories).toMatchObject({ expiresAt: null, content: null, fields: {}, partition: column('owner') });
  });

  test.each([
    ['{kind: memories, url: source}', 'url: is a field of documents, and the collection is of kind memories'],
    ['{table: t, score: score}', 'score: is a field of memories, and the collection is of kind documents'],
    ['{kind: memories, user: a, workspace: b}', 'user: set either user or workspace, not both'],
    ['{table: t, user: a}', 'user: documents belong to a workspace; set workspace'],
    ['{kind: dreams}', expect.stringMatching(/^kind: Invalid option: .*"documents"\|"memories"/)],
  ])('%s is refused', (settings, problem) => {
    expect(problemsOf(`collections: {c: ${settings}}`)).toEqual([
      typeof problem === 'string' ? `collections.c.${problem}` : expect.stringContaining('collections.c.kind'),
    ]);
  });
});
