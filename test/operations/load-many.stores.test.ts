import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { loadDocuments } from '../../src/operations/data/load-documents.ts';
import { onNative } from '../support/load-places.ts';
import { chunk, lines, storedChunks } from '../support/loaded.ts';
import { describeWithServers } from '../support/requires.ts';

describeWithServers('loading many documents', ['postgres'], () => {
  it('takes memory for a batch, not for the file', { timeout: 300_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    const used = () => {
      if (typeof collect === 'function') collect();
      return process.memoryUsage().heapUsed / 1e6;
    };
    const place = await onNative();
    const words = 'x'.repeat(2_000);
    async function* many() {
      for (let at = 0; at < 50_000; at++) {
        const chunks = [chunk('0', `text ${at}`, [at, 1, 2])];
        yield at % 10 === 9
          ? `bad line ${at}`
          : JSON.stringify({ id: String(at), workspace: `w${at % 50}`, content: words + at, chunks });
      }
    }
    const before = used();
    const growth: number[] = [];
    const result = await loadDocuments(place.parts, many(), {
      onProgress: ({ loaded }) => loaded % 9_000 < 450 && growth.push(used() - before),
    });
    expect(result).toMatchObject({
      lines: 50_000,
      loaded_documents: 45_000,
      loaded_vectors: 45_000,
      failed_lines: 5_000,
    });
    expect(result.problems.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, at) => 10 * (at + 1)));
    expect(growth.length).toBeGreaterThan(3);
    // All of it is 100 MB of text.
    expect(Math.max(...growth)).toBeLessThan(40);
    // Nor does a batch take longer the more there is: no statement reads a whole table, and the planner learns its size.
    const { rows } = await sql<{ scans: number; size: number }>`select seq_scan as scans, reltuples::int as size
      from pg_stat_user_tables t join pg_class c on c.oid = t.relid
      where t.schemaname = 'knowledge' and t.relname in ('documents', 'chunks')`.execute(place.parts.db);
    expect(rows.map(({ size }) => size)).toEqual([45_000, 45_000]);
    expect(Math.max(...rows.map(({ scans }) => scans))).toBeLessThan(10);
    await place.close();
  });

  it('loads one document of several megabytes, with thousands of chunks', async () => {
    const place = await onNative();
    const content = 'All work and no play. '.repeat(250_000);
    const result = await loadDocuments(place.parts, lines({ id: 'long', workspace: 'w', content }));
    expect(result).toMatchObject({ loaded_documents: 1, failed_lines: 0 });
    expect(result.loaded_vectors).toBeGreaterThan(4_000);
    expect((await storedChunks(place.parts)).length).toBe(result.loaded_vectors);
    await place.close();
  });

  it('finds the one document that the database refuses among many', async () => {
    const place = await onNative();
    await sql`alter table knowledge.documents add check (title <> 'unlucky')`.execute(place.parts.db);
    const titles = Array.from({ length: 50 }, (_, at) => ({
      id: String(at),
      workspace: 'w',
      title: at === 33 ? 'unlucky' : 't',
    }));
    const result = await loadDocuments(place.parts, lines(...titles));
    expect(result).toMatchObject({ loaded_documents: 49, failed_lines: 1, problems: [{ line: 34 }] });
    expect(result.problems[0]?.message).toMatch(/check constraint/);
    await place.close();
  });

  it('ends with the error when the tables are not there, whatever the lines', async () => {
    const place = await onNative();
    await sql`drop table knowledge.chunks, knowledge.documents`.execute(place.parts.db);
    await expect(loadDocuments(place.parts, lines({ id: 'a', workspace: 'w' }))).rejects.toMatchObject({
      name: 'MappingError',
    });
    await place.close();
  });

  it("refuses an application's own table, and a name that is none", async () => {
    const place = await onNative({
      collections: { documents: { table: 'public.notes' }, spare: null, bare: { vectors: { in: 'none' } } },
    });
    const load = (collection?: string) =>
      loadDocuments(place.parts, lines({ id: 'a', workspace: 'w' }), { collection });
    const hint = 'Collections of the default schema are: spare, bare.';
    await expect(load('documents')).rejects.toMatchObject({ name: 'NotLoadableError', kind: 'usage', hint });
    await expect(load('nope')).rejects.toMatchObject({
      name: 'NotLoadableError',
      message: "there is no collection 'nope'",
      hint,
    });
    await expect(load()).rejects.toMatchObject({ name: 'NotLoadableError', message: 'no collection is named', hint });
    expect(await load('spare')).toMatchObject({ collection: 'spare', loaded_documents: 1 });
    const withChunks = lines({ id: 'a', workspace: 'w', content: 'text', chunks: [chunk('0', 'x')] });
    expect(await loadDocuments(place.parts, withChunks, { collection: 'bare' })).toMatchObject({
      ...{ loaded_documents: 1, loaded_vectors: 0, embedder: null },
    });
    await place.close();
  });
});
