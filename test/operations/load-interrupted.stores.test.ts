import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Parts } from '../../src/assemble.ts';
import { StoreError } from '../../src/domain/store-errors.ts';
import { loadDocuments } from '../../src/operations/data/load-documents.ts';
import { firstObjects, type VectorStore } from '../../src/stores/ports/vector-store.ts';
import { onWeaviate, type Place } from '../support/load-places.ts';
import { lines } from '../support/loaded.ts';
import { describeWithServers } from '../support/requires.ts';

/** Vectors and rows are in two stores here: only here can one be written and the other not. */
describeWithServers('loading into Weaviate, interrupted', ['postgres', 'weaviate'], () => {
  let place: Place;
  let parts: Parts;
  beforeEach(async () => {
    place = await onWeaviate();
    parts = place.parts;
  });
  afterEach(() => place?.close());

  const vectors = (): VectorStore => {
    const store = parts.collections[0]?.vectors;
    if (!store) throw new Error('the collection has no vectors');
    return store;
  };
  /** The same parts, with some calls of the vector store behaving otherwise. */
  const withVectors = (change: Partial<VectorStore>): Parts => ({
    ...parts,
    collections: parts.collections.map((one) => ({ ...one, vectors: { ...vectors(), ...change } })),
  });
  const document = (texts: string[]) => ({
    ...{ id: 'a', workspace: 'w', content: texts.join() },
    chunks: texts.map((text) => ({ id: text, text })),
  });
  const texts = async () => {
    const images = await vectors().fetch({ partition: 'w', documentIds: ['a'] });
    return images.map((image) => image.properties.chunk_id).sort();
  };
  const contents = async () => {
    const { rows } = await sql<{ content: string }>`select content from knowledge.documents`.execute(parts.db);
    return rows.map((row) => row.content);
  };

  it('leaves the old document with its old vectors when new ones cannot be written', async () => {
    await loadDocuments(parts, lines(document(['one', 'two'])));
    const refused = new StoreError('StoreRefusedError', 'no', { code: '403' });
    const broken = withVectors({ put: () => Promise.reject(refused) });
    await expect(loadDocuments(broken, lines(document(['three'])))).rejects.toBe(refused);
    expect([await contents(), await texts()]).toEqual([['one,two'], ['one', 'two']]);
  });

  it('is completed by the same load again, whichever step was the last', async () => {
    await loadDocuments(parts, lines(document(['one', 'two'])));
    const stop = new AbortController();
    const put: VectorStore['put'] = async (...args) => {
      await vectors().put(...args);
      stop.abort(new Error('killed'));
    };
    const killed = loadDocuments(withVectors({ put }), lines(document(['two', 'three'])), { signal: stop.signal });
    await expect(killed).rejects.toThrow('killed');
    expect([await contents(), await texts()]).toEqual([['one,two'], ['one', 'three', 'two']]);

    const refused = new StoreError('StoreRefusedError', 'no', { code: '403' });
    const stuck = withVectors({ remove: () => Promise.reject(refused) });
    await expect(loadDocuments(stuck, lines(document(['two', 'three'])))).rejects.toBe(refused);
    expect([await contents(), await texts()]).toEqual([['two,three'], ['one', 'three', 'two']]);

    await loadDocuments(parts, lines(document(['two', 'three'])));
    expect([await contents(), await texts()]).toEqual([['two,three'], ['three', 'two']]);
  });

  it('tries again when the store is away for a moment, and counts once', async () => {
    let failures = 0;
    const put: VectorStore['put'] = async (...args) => {
      await vectors().put(...args);
      if (failures++ < 2) throw new StoreError('ConnectionError', 'away');
    };
    const result = await loadDocuments(withVectors({ put }), lines(document(['one', 'two'])));
    expect(result).toMatchObject({ loaded_documents: 1, loaded_vectors: 2, failed_lines: 0 });
    expect(await texts()).toEqual(['one', 'two']);
  });

  it('deletes its vectors again when the id moves to another workspace in that moment', async () => {
    const put: VectorStore['put'] = async (...args) => {
      await vectors().put(...args);
      await sql`insert into knowledge.documents (id, workspace) values ('a', 'theirs')`.execute(parts.db);
    };
    const result = await loadDocuments(withVectors({ put }), lines(document(['one', 'two'])));
    expect(result).toMatchObject({ loaded_documents: 0, failed_lines: 1 });
    expect(await firstObjects(vectors(), 10)).toEqual([]);
  });
});
