import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { loadDemo } from '../../src/demo/load-demo.ts';
import { loadDocuments } from '../../src/operations/data/load-documents.ts';
import { describeOnEveryPlace } from '../support/load-places.ts';
import { lines, storedRows } from '../support/loaded.ts';

describeOnEveryPlace('the demo', (place) => {
  it('loads the demo once, restores deleted documents, and leaves holds alone', async () => {
    const parts = place();
    const now = new Date();
    const first = await loadDemo(parts, now);
    expect(first).toMatchObject({ collection: 'documents', outcome: 'first' });
    expect(first.due_documents).toBeGreaterThan(0);
    expect(first.due_documents).toBeLessThanOrEqual(first.loaded_documents / 10);
    expect(await loadDemo(parts, now)).toMatchObject({
      outcome: 'again',
      loaded_documents: 0,
      due_documents: first.due_documents,
    });

    const due = sql<{ id: string; workspace: string }>`select id, workspace from knowledge.documents
      where expires_at <= ${now} or expires_at is null order by id`;
    const { rows } = await due.execute(parts.db);
    const [held, ...gone] = rows;
    await sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
      values ('documents', ${held?.id}, 'w', '', 'undo')`.execute(parts.db);
    for (const { id, workspace } of gone) {
      const images = await parts.collections[0]?.vectors?.fetch({ partition: workspace, documentIds: [id] });
      if (images?.length) await parts.collections[0]?.vectors?.remove(workspace, images);
      await sql`delete from knowledge.documents where id = ${id}`.execute(parts.db);
    }
    const heldRow = () => sql`select * from knowledge.documents where id = ${held?.id}`.execute(parts.db);
    const before = (await heldRow()).rows;
    const again = await loadDemo(parts, now);
    expect(again).toMatchObject({ outcome: 'again', loaded_documents: gone.length, due_documents: 3 });
    expect((await heldRow()).rows).toEqual(before);
    expect((await storedRows(parts)).length).toBe(first.loaded_documents);
  });

  it('leaves a collection alone that holds other documents', async () => {
    const parts = place();
    await loadDocuments(parts, lines({ id: 'mine', workspace: 'w' }));
    expect(await loadDemo(parts, new Date())).toMatchObject({ outcome: 'left_alone', loaded_documents: 0 });
    expect((await storedRows(parts)).map((row) => row.id)).toEqual(['mine']);
  });
});
