import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { loadDocuments } from '../../src/operations/data/load-documents.ts';
import { describeOnEveryPlace } from '../support/load-places.ts';
import { chunk, lines, objectsInAll, storedChunks, storedRows } from '../support/loaded.ts';

describeOnEveryPlace('loading next to existing rows', (place) => {
  it('replaces a document with its chunks, and touches no other', async () => {
    const parts = place();
    const texts = ['one', 'two', 'three'];
    const document = (id: string, content: string[]) => ({
      ...{ id, workspace: 'w', url: 'u', title: content.join(), expires_at: '2026-01-01T00:00:00Z' },
      chunks: content.map((text) => chunk(text, text)),
    });
    await loadDocuments(parts, lines(document('a', texts), document('b', texts)));
    const result = await loadDocuments(parts, lines({ id: 'a', workspace: 'w', content: 'new' }));
    expect(result).toMatchObject({ loaded_documents: 1, loaded_vectors: 1 });
    expect((await storedChunks(parts)).map((one) => [one.document, one.id])).toEqual([
      ['a', '0'],
      ['b', 'one'],
      ['b', 'three'],
      ['b', 'two'],
    ]);
    const [a, b] = await storedRows(parts);
    expect(a).toMatchObject({ id: 'a', url: null, title: null, content: 'new', expires_at: null });
    expect(b).toMatchObject({ id: 'b', url: 'u', title: 'one,two,three' });
    expect(await objectsInAll(parts)).toBe(4);
    await loadDocuments(parts, lines({ id: 'b', workspace: 'w' }));
    expect(await objectsInAll(parts)).toBe(1);
  });

  it('takes the later of two lines with one id', async () => {
    const parts = place();
    const one = (content: string, n: number) => ({
      id: 'a',
      workspace: 'w',
      content,
      chunks: [chunk(`c${n}`, content)],
    });
    const result = await loadDocuments(parts, lines(one('first', 1), one('second', 2), one('third', 3)));
    expect(result).toMatchObject({ lines: 3, loaded_documents: 3, failed_lines: 0 });
    expect((await storedRows(parts)).map((row) => row.content)).toEqual(['third']);
    expect((await storedChunks(parts)).map(({ id }) => id)).toEqual(['c3']);
    expect(await objectsInAll(parts)).toBe(1);
  });

  it('refuses an id of another workspace, or of none, and leaves that document as it is', async () => {
    const parts = place();
    await loadDocuments(parts, lines({ id: 'a', workspace: 'theirs', content: 'theirs' }));
    await sql`insert into knowledge.documents (id, content) values ('unscoped', 'kept')`.execute(parts.db);
    const before = [await storedRows(parts), await storedChunks(parts)];
    const mine = (id: string) => ({ id, workspace: 'mine', content: 'mine' });
    const result = await loadDocuments(parts, lines(mine('a'), mine('unscoped'), mine('b'), mine('a')));
    expect(result).toMatchObject({ lines: 4, loaded_documents: 1, loaded_vectors: 1, failed_lines: 3 });
    expect(result.problems.map(({ line }) => line)).toEqual([1, 2, 4]);
    expect(result.problems[0]?.message).toMatch(/another workspace/);
    expect(await objectsInAll(parts)).toBe(2);
    const others = (all: readonly { id?: unknown; document?: unknown }[] | undefined) =>
      all?.filter((one) => one.id !== 'b' && one.document !== 'b');
    expect([others(await storedRows(parts)), others(await storedChunks(parts))]).toEqual(before);
  });

  it('requires the dimension of the existing vectors', async () => {
    const parts = place();
    await loadDocuments(parts, lines({ id: 'a', workspace: 'w', chunks: [chunk('0', 'x', [1, 2, 3])] }));
    const result = await loadDocuments(
      parts,
      lines({ id: 'b', workspace: 'w', content: 'text' }, { id: 'c', workspace: 'w' }),
    );
    expect(result.problems).toEqual([
      {
        line: 1,
        message: 'chunk 0 needs a vector: the built-in embedder makes 256 dimensions, the vectors already there have 3',
      },
    ]);
    expect((await storedRows(parts)).map((row) => row.id)).toEqual(['a', 'c']);
  });

  it('takes the dimension of the first vectors that were written, not of a refused line', async () => {
    const parts = place();
    await loadDocuments(parts, lines({ id: 'a', workspace: 'theirs' }));
    const two = { id: 'a', workspace: 'w', chunks: [chunk('0', 'x', [1, 2])] };
    const result = await loadDocuments(parts, lines(two, { id: 'b', workspace: 'w', content: 'text' }));
    expect(result).toMatchObject({ loaded_documents: 1, loaded_vectors: 1, failed_lines: 1 });
  });

  it('stops on request, between two batches', async () => {
    const parts = place();
    const stop = new AbortController();
    async function* endless() {
      for (let at = 0; ; at++) yield JSON.stringify({ id: String(at), workspace: 'w' });
    }
    const onProgress = ({ loaded }: { loaded: number }) => loaded >= 30 && stop.abort(new Error('enough'));
    const loading = loadDocuments(parts, endless(), { batchSize: 10, signal: stop.signal, onProgress });
    await expect(loading).rejects.toThrow('enough');
    const count = (await storedRows(parts)).length;
    expect(count % 10).toBe(0);
    expect(count).toBeGreaterThanOrEqual(30);
  });
});
