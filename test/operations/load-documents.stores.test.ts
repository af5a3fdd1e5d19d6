import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { builtInEmbedderName, embedText } from '../../src/language/built-in-embedder.ts';
import { loadDocuments } from '../../src/operations/data/load-documents.ts';
import { describeOnEveryPlace } from '../support/load-places.ts';
import { chunk, lines, storedChunks, storedRows } from '../support/loaded.ts';

describeOnEveryPlace('loading documents', (place) => {
  it('keeps every field, whatever it holds', async () => {
    const parts = place();
    const awkward = 'space " \' \\ \n\t {},NULL 文書 🙂';
    const result = await loadDocuments(
      parts,
      lines(
        {
          ...{ id: awkward, workspace: awkward, url: awkward, title: awkward, content: awkward, quality: 0.25 },
          ...{ fetched_at: '2026-01-31T10:00:00.123456+02:00', expires_at: '2027-02-28' },
          chunks: [
            chunk(awkward, awkward),
            { id: 'no vector', text: awkward },
            { id: 'no text', vector: embedText('x') },
          ],
        },
        { id: 'bare', workspace: 'w' },
        { id: 'nulls', workspace: 'w', url: null, title: 'Only a title', content: '', quality: null, chunks: null },
      ),
    );
    expect(result).toEqual({
      ...{ collection: 'documents', lines: 3, loaded_documents: 3, loaded_vectors: 4, failed_lines: 0 },
      ...{ problems: [], embedder: builtInEmbedderName },
    });
    const empty = { url: null, title: null, content: null, content_hash: null, quality: null };
    const undated = { fetched_at: null, expires_at: null };
    const emptyHash = createHash('sha256').update('').digest('hex');
    expect(await storedRows(parts)).toEqual([
      { id: 'bare', workspace: 'w', ...empty, ...undated },
      {
        id: 'nulls',
        workspace: 'w',
        ...empty,
        ...undated,
        title: 'Only a title',
        content: '',
        content_hash: emptyHash,
      },
      {
        ...{ id: awkward, workspace: awkward, url: awkward, title: awkward, content: awkward, quality: 0.25 },
        content_hash: createHash('sha256').update(awkward).digest('hex'),
        fetched_at: new Date('2026-01-31T08:00:00.123Z'),
        expires_at: new Date('2027-02-28T00:00:00Z'),
      },
    ]);
    const micros = sql<{ text: string }>`select to_char(fetched_at at time zone 'UTC', 'US') as text
      from knowledge.documents where id = ${awkward}`;
    expect((await micros.execute(parts.db)).rows).toEqual([{ text: '123456' }]);
    expect(await storedChunks(parts)).toEqual([
      { document: 'nulls', id: '0', text: 'Only a title', vector: embedText('Only a title') },
      { document: awkward, id: 'no text', text: null, vector: embedText('x') },
      { document: awkward, id: 'no vector', text: awkward, vector: embedText(awkward) },
      { document: awkward, id: awkward, text: awkward, vector: embedText(awkward) },
    ]);
  });

  it('reports bad lines by number, and loads the good ones', async () => {
    const parts = place();
    const good = (id: string) => ({ id, workspace: 'w', chunks: [chunk('a', id, [0.1, -2, 3e-30])] });
    const result = await loadDocuments(
      parts,
      lines(
        `\uFEFF${JSON.stringify(good('first'))}`,
        '',
        '{"id": "broken", ',
        '[]',
        { workspace: 'w' },
        { id: 'b', workspace: '' },
        {
          id: 'b',
          workspace: 'w',
          quality: 1.5,
          expires_at: 'tomorrow',
          fetched_at: '2026-02-30T00:00:00Z',
          colour: 'red',
        },
        { id: 'b', workspace: 7, content: 'a\0b' },
        { id: 'b', workspace: 'w', content: '\ud800' },
        { id: 'b', workspace: 'w', expires_at: '2026-01-01T00:00:00' },
        { id: 'b', workspace: 'w', chunks: [chunk('x', 'a'), chunk('x', 'b')] },
        { id: 'b', workspace: 'w', chunks: [{ id: 'x' }] },
        { id: 'b', workspace: 'w', chunks: [chunk('x', 'a', [1, 2])] },
        { id: 'b', workspace: 'w', chunks: [chunk('x', 'a', [1, 2, 3]), chunk('y', 'a', [1])] },
        { id: 'b', workspace: 'w', chunks: [chunk('x', 'a', [1, 2, 1e39])] },
        { id: 'b', workspace: 'w', content: 'needs a vector' },
        { id: 'b'.repeat(1_501), workspace: 'w' },
        good('last'),
      ),
    );
    expect(result).toMatchObject({
      lines: 17,
      loaded_documents: 2,
      loaded_vectors: 2,
      failed_lines: 15,
      embedder: null,
    });
    expect(result.problems.map(({ line, message }) => `${line}: ${message.replace(/JSON: .*/, 'JSON')}`)).toEqual([
      '3: is not valid JSON',
      '4: the line is not an object',
      '5: id is missing',
      '6: workspace must not be empty',
      '7: quality must be at most 1; ' +
        'fetched_at must be a time in ISO 8601 with its offset, such as 2026-01-31T08:00:00Z, or a date; ' +
        'expires_at must be a time in ISO 8601 with its offset, such as 2026-01-31T08:00:00Z, or a date; ' +
        'colour is not a known key',
      '8: workspace must be text; content holds a NUL character, which PostgreSQL cannot store',
      '9: content holds half a surrogate pair, which is no valid Unicode',
      '10: expires_at must be a time in ISO 8601 with its offset, such as 2026-01-31T08:00:00Z, or a date',
      '11: chunks.1.id occurs twice in this document',
      '12: chunks.0 needs text or a vector',
      '13: chunk x has a vector of 2 dimensions, the vectors already there have 3',
      '14: chunk y has a vector of 1 dimensions, the vectors already there have 3',
      '15: chunks.0.vector must be a list of at most 65535 numbers that fit 32-bit floats',
      '16: chunk 0 needs a vector: the built-in embedder makes 256 dimensions, the vectors already there have 3',
      '17: id must not be longer than 1500 bytes',
    ]);
    expect((await storedChunks(parts)).map((one) => one.vector)).toEqual(
      Array.from({ length: 2 }, () => [0.1, -2, 3e-30].map(Math.fround)),
    );
  });
});
