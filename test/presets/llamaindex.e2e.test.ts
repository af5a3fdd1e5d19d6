import { afterAll, beforeAll, expect, it } from 'vitest';
import { llamaIndexTable } from '../operations/known-tables.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { rowsBy } from './rows.ts';
import { runSql } from './run-sql.ts';

const settings = {
  collections: { manuals: { preset: 'llamaindex', table: 'public.data_manuals' } },
  jobs: { 'ttl-cleanup': { collections: ['manuals'] } },
};

/** As PGVectorStore makes it for hybrid search on half vectors, and as it writes nodes: the expiry is the application's. */
const fill = `
  ${llamaIndexTable('data_manuals', 'halfvec(3)')};
  alter table data_manuals add column text_search_tsv tsvector generated always as (to_tsvector('english', text)) stored;
  create index manuals_idx on data_manuals using gin (text_search_tsv);
  create index manuals_idx_1 on data_manuals ((metadata_ ->> 'ref_doc_id'));
  insert into data_manuals (text, metadata_, node_id, embedding)
    select 'Part ' || n || ' of ' || doc, json_strip_nulls(json_build_object('_node_type', 'TextNode', '_node_content',
        '{"text": ""}', 'document_id', doc, 'doc_id', doc, 'ref_doc_id', doc, 'expires_at', expires)), doc || n, '[0.5,1,0.25]'
    from (values ('due', '2024-01-01T00:00:00Z', '2024-01-02'), ('half', '2024-01-01T00:00:00Z', null),
      ('later', '2999-01-01T00:00:00Z', '2999-01-01')) as one (doc, first, second),
      lateral (values (1, first), (2, second)) as part (n, expires)`;

describeEndToEnd("preset llamaindex, on a table of the library's shape", (servers) => {
  let installation: Installation;
  const rows = () => rowsBy(installation.parts.db, 'public.data_manuals', `metadata_ ->> 'ref_doc_id'`);

  beforeAll(async () => {
    installation = await createInstallation({ ...servers, settings, application: (url) => runSql(url, fill) });
    await installation.worker();
  });
  afterAll(() => installation?.close());

  it('removes documents whole and puts them back as they were, generated column and half vectors included', async () => {
    const before = await rows();
    expect((await installation.cli('doctor', '--json')).json.collections).toMatchObject([{ problems: [] }]);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 1, deleted_vectors: 2 },
      survey: { rows: 3, unscoped: 0, partitions: [{ partition: 'TextNode' }] },
    });
    expect(await rows()).toEqual({ half: before.half, later: before.later });
    const undo = await installation.cli('undo', run.json.run_id, '--wait', '--json');
    expect(undo.json).toMatchObject({ status: 'success', totals: { restored_documents: 1, refused: 0 } });
    expect(await rows()).toEqual(before);
  });
});
