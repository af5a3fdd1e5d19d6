import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentsOf, type SeedDocument, seed, workspaceName } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeOnBothStores } from '../support/requires.ts';

const documents: SeedDocument[] = Array.from({ length: 200 }, (_, at) => ({
  id: `d${at}`,
  workspace: workspaceName(at % 10),
  expired: at % 20 < 3,
}));
const gone = documents.filter((one) => one.expired);

describeOnBothStores('undo', (stores) => {
  let installation: Installation;
  let runId: string;

  beforeAll(async () => {
    installation = await createInstallation(stores);
    await seed(installation.parts, documents);
    await installation.worker();
  });
  afterAll(() => installation.close());

  it('puts rows and vectors back exactly as they were', async () => {
    const before = await contentsOf(installation.parts);
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json.totals).toMatchObject({ deleted_documents: gone.length, deleted_vectors: gone.length * 2 });
    runId = run.json.run_id;
    const undo = await installation.cli('undo', runId, '--wait', '--json');
    expect(undo.code).toBe(0);
    expect(undo.json).toMatchObject({
      kind: 'undo',
      undoes: runId,
      status: 'success',
      totals: { restored_documents: gone.length, restored_vectors: gone.length * 2, refused: 0 },
    });
    expect(await contentsOf(installation.parts)).toEqual(before);
  });

  it('undoing a run a second time changes nothing', async () => {
    const before = await contentsOf(installation.parts);
    const again = await installation.cli('undo', runId, '--wait', '--json');
    expect(again.json).toMatchObject({ status: 'success', totals: { restored_documents: 0, refused: 0 } });
    expect(await contentsOf(installation.parts)).toEqual(before);
  });

  it('the next run leaves what is on hold, until its dates change or a person lifts the hold', async () => {
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 0 },
      survey: { on_hold: gone.length },
    });
    const { db } = installation.parts;
    await sql`update knowledge.documents set expires_at = now() - interval '2 days' where id = ${gone[0]?.id}`.execute(
      db,
    );
    const refused = await installation.cli('holds', 'lift', '--json');
    expect(refused.code).toBe(2);
    const lifted = await installation.cli('holds', 'lift', '--id', gone[1]?.id ?? '', '--json');
    expect(lifted.json).toEqual({ lifted: 1 });
    const next = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(next.json.totals).toMatchObject({ deleted_documents: 2, deleted_vectors: 4 });
    runId = next.json.run_id;
  });

  it('a row written again meanwhile is not overwritten, and is named', async () => {
    const { db } = installation.parts;
    const id = gone[0]?.id ?? '';
    await sql`insert into knowledge.documents (id, workspace, content) values (${id}, 'plain', 'written anew')`.execute(
      db,
    );
    const undo = await installation.cli('undo', runId, '--wait', '--json');
    expect(undo.code).toBe(5);
    expect(undo.json).toMatchObject({ status: 'partial', totals: { restored_documents: 1, refused: 1 } });
    expect(undo.json.superseded).toEqual([{ collection: 'documents', id }]);
    const { rows } = await sql<{ content: string }>`select content from knowledge.documents where id = ${id}`.execute(
      db,
    );
    expect(rows).toEqual([{ content: 'written anew' }]);
    expect((await contentsOf(installation.parts)).strays).toEqual([id]);
  });

  it('is refused once the ledger no longer has to keep what the run removed', async () => {
    const { db } = installation.parts;
    await sql`update coppice.run_partitions p set started_at = now() - interval '31 days'
      from coppice.runs r where r.no = p.run_no and r.run_id = ${runId}`.execute(db);
    const before = await contentsOf(installation.parts);
    const late = await installation.cli('undo', runId, '--wait', '--json');
    expect(late).toMatchObject({ code: 1, json: { status: 'failed', error: { name: 'UndoRefusedError' } } });
    expect(late.json.error.message).toMatch(/longer than 30 days ago/);
    expect(await contentsOf(installation.parts)).toEqual(before);
  });
});
