import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type Chunk, type LangchainApp, type LangchainOperation, startLangchainApp } from '../support/langchain-app.ts';
import { describeWithPython } from '../support/python.ts';
import { dayFromNow } from './mem0-memories.ts';
import { rowsBy } from './rows.ts';

const past = '2024-05-01T00:00:00Z';
const offset = '2024-05-01T00:00:00+05:30';
const future = `${dayFromNow(30)}T12:00:00Z`;

/** A document split as LangChain's splitters do: each chunk has the metadata of its document. */
function split(source: string, ...expiries: (string | null)[]): Chunk[] {
  return expiries.map((expires, at) => ({
    id: `${source} ${at}`,
    text: `Part ${at} of ${source}`,
    metadata: { source, ...(expires === null ? {} : { expires_at: expires }) },
  }));
}

const due = [...split('old.md', past, past, past), ...split('offset.md', offset)];
const manuals = [
  ...due,
  ...split('current.md', future, future),
  ...split('for-ever.md', null, null),
  ...split('half.md', past, future),
  ...split('undated-part.md', past, null),
  ...split('unreadable.md', past, 'next spring'),
];
/** The same source in another collection is another document. */
const news = split('old.md', future, null);
const settings = {
  collections: { langchain: { preset: 'langchain' } },
  jobs: { 'ttl-cleanup': { collections: ['langchain'] } },
};
const whose = '(select name from langchain_pg_collection where uuid = collection_id)';

await describeWithPython('preset langchain, on what the library wrote', (servers) => {
  let app: LangchainApp;
  let installation: Installation;
  let before: Record<string, string[]>;
  let runId: string;
  const rows = () => rowsBy(installation.parts.db, 'public.langchain_pg_embedding', whose);
  const run = (...operations: LangchainOperation[]) => app.run(installation.databaseUrl, ...operations);

  beforeAll(async () => {
    app = await startLangchainApp(servers.python);
    const fill = (url: string) =>
      app.run(url, ['add', 'manuals', { documents: manuals }], ['add', 'news', { documents: news.map(renamed) }]);
    installation = await createInstallation({ ...servers, settings, application: fill });
    before = await rows();
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await app?.stop();
  });

  it('the mapping fits, and the preview counts whole documents', async () => {
    const doctor = await installation.cli('doctor', '--json');
    expect(doctor.json.collections).toMatchObject([{ collection: 'langchain', problems: [] }]);
    const preview = await installation.cli('preview', 'ttl-cleanup', '--json');
    expect(preview.json.survey).toMatchObject({ rows: 8, would_delete: 2, unreadable: 1, unscoped: 0 });
    expect(preview.json.survey.partitions).toMatchObject([{ partition: 'manuals', rows: 7, would_delete: 2 }]);
  });

  it('the run removes all chunks of what is due; every other row is byte for byte the same', async () => {
    const done = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(done.json).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 2, deleted_vectors: due.length },
    });
    runId = done.json.run_id;
    const after = await rows();
    expect(after.news).toEqual(before.news);
    const gone = (before.manuals ?? []).filter((row) => !after.manuals?.includes(row));
    expect(gone).toHaveLength(due.length);
    expect(after.manuals).toEqual((before.manuals ?? []).filter((row) => !gone.includes(row)));
    expect(after.manuals?.join()).not.toMatch(/Part \d of (old|offset)\.md/);
  });

  it('LangChain serves the rest: searches, filters, adds and deletes in each collection', async () => {
    const kite = { id: 'kite', text: 'How to fly a kite', metadata: { source: 'kite.md' } };
    const [old, current, same, , found, , left]: Chunk[][] = await run(
      ['search', 'manuals', { query: 'Part 1 of old.md', k: 3 }],
      ['search', 'manuals', { query: 'Part 0 of current.md', k: 1 }],
      ['search', 'news', { query: 'Part 1 of old.md', k: 1 }],
      ['add', 'manuals', { documents: [kite] }],
      ['search', 'manuals', { query: 'fly a kite', k: 1, filter: { source: 'kite.md' } }],
      ['delete', 'manuals', { ids: ['kite'] }],
      ['search', 'manuals', { query: 'fly a kite', k: 1, filter: { source: 'kite.md' } }],
    );
    expect(old?.map((one) => one.id)).not.toContain('old.md 1');
    expect([current, same].map((one) => one?.[0]?.id)).toEqual(['current.md 0', 'news old.md 1']);
    expect([found, left]).toEqual([[kite], []]);
  });

  it('undo brings all of it back, vectors included, and LangChain finds it', async () => {
    const undo = await installation.cli('undo', runId, '--wait', '--json');
    expect(undo.json).toMatchObject({
      status: 'success',
      totals: { restored_documents: 2, restored_vectors: due.length, refused: 0 },
    });
    expect(await rows()).toEqual(before);
    const [found]: Chunk[][] = await run(['search', 'manuals', { query: 'Part 1 of old.md', k: 1 }]);
    expect(found?.map((one) => one.id)).toEqual(['old.md 1']);
  });
});

/** Ids are unique over all collections. */
function renamed(chunk: Chunk): Chunk {
  return { ...chunk, id: `news ${chunk.id}` };
}
