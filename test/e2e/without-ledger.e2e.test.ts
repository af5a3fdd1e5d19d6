import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentsOf, type SeedDocument, seed, workspaceName } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeOnBothStores } from '../support/requires.ts';

const documents: SeedDocument[] = Array.from({ length: 60 }, (_, at) => ({
  id: `d${at}`,
  workspace: workspaceName(at % 6),
  expired: at % 10 === 0,
}));

describeOnBothStores('a job without a ledger', (stores) => {
  let installation: Installation;

  beforeAll(async () => {
    const settings = { jobs: { 'ttl-cleanup': { ledger: { enabled: false } } } };
    installation = await createInstallation({ ...stores, settings });
    await seed(installation.parts, documents);
    await installation.worker();
  });
  afterAll(() => installation.close());

  it('removes as usual, keeps nothing, and an undo is refused with the reason', async () => {
    const before = await contentsOf(installation.parts);
    const gone = new Set(documents.filter((one) => one.expired).map((one) => one.id));
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json).toMatchObject({
      status: 'success',
      totals: { deleted_documents: gone.size, deleted_vectors: gone.size * 2 },
    });
    const after = await contentsOf(installation.parts);
    expect(after.byDocument).toEqual(new Map([...before.byDocument].filter(([id]) => !gone.has(id))));
    expect(after.strays).toEqual([]);
    expect(await keptRows(installation)).toBe(0);

    const undo = await installation.cli('undo', run.json.run_id, '--wait', '--json');
    expect(undo.code).not.toBe(0);
    expect(JSON.stringify(undo.json)).toContain('jobs.ttl-cleanup.ledger.enabled was false');
    expect(await contentsOf(installation.parts)).toEqual(after);
  });
});

async function keptRows({ parts: { db } }: Installation): Promise<number> {
  const tables = await db.selectFrom('coppice.ledger_tables').select('name').execute();
  let rows = 0;
  for (const name of [...tables.map((table) => table.name), 'ledger_vectors']) {
    const { rows: counts } = await sql<{
      n: number;
    }>`select count(*)::int as n from ${sql.id('coppice', name)}`.execute(db);
    rows += counts[0]?.n ?? 0;
  }
  return rows;
}
