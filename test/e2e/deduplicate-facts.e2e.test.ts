import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import { twins } from '../stores/graph/merging.contract.ts';
import { falkordbHome } from '../support/graph-home.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeWithServers } from '../support/requires.ts';

/** Two that are the same, and two whose names differ only in a digit. */
function group(group_id: string): GraphLine[] {
  const line = { group_id, created_at: '2026-01-01T00:00:00.000Z', type: 'entity' as const, entity_type: 'Product' };
  return [
    ...twins(group_id).map((one) =>
      one.type === 'entity' && one.id === 'ada-2' ? { ...one, name: 'Ada LOVELACE', summary: 'a Mathematician' } : one,
    ),
    { ...line, id: 'x1', name: 'Engine X1', embedding: [1, 0, 0] },
    { ...line, id: 'x2', name: 'Engine X2', embedding: [1, 0, 0.01] },
  ];
}

describeWithServers(
  'deduplicate-facts',
  ['postgres', 'temporal', 'falkordb'],
  ([postgresUrl = '', temporalAddress = '', url = '']) => {
    const home = falkordbHome(url);
    const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
    let installation: Installation;
    let before: string;
    let runId: string;

    beforeAll(async () => {
      const settings = { ...home.settings, jobs: { 'deduplicate-facts': { brake } } };
      installation = await createInstallation({ postgresUrl, temporalAddress, settings });
      await home.load(installation, ['red', 'green'].flatMap(group));
      before = await home.contents(installation);
      await installation.worker();
    });
    afterAll(async () => {
      await installation?.close();
      await home.close();
    });

    it('a preview lists the pairs and changes nothing', async () => {
      const preview = await installation.cli('preview', 'deduplicate-facts', '--json');
      expect(preview.json.survey).toMatchObject({ due: 2, rows: 24, would_delete: 0, partition_count: 2 });
      expect(preview.json.pairs).toHaveLength(2);
      expect(preview.json.pairs[0]).toMatchObject({
        ...{ graph: 'graph', survivor: 'ada-2', loser: 'ada', outcome: 'merge', type: 'Person', guard: null },
        evidence: { same_name: true, survivor_name: 'Ada LOVELACE', loser_name: 'Ada Lovelace' },
      });
      const shown = await installation.cli('preview', 'deduplicate-facts');
      expect(shown.stdout).toContain('Ada LOVELACE (ada-2)');
      expect(await home.contents(installation)).toBe(before);
    });

    it('a run merges, the next one finds nothing, and an undo restores the graph and keeps the pair apart', async () => {
      const run = await installation.cli('run', 'deduplicate-facts', '--wait', '--json');
      expect(run.json).toMatchObject({ status: 'success', totals: { merged_entities: 2, joined_edges: 6 } });
      runId = run.json.run_id;
      const merged = await home.contents(installation);
      expect(merged).not.toBe(before);
      const again = await installation.cli('run', 'deduplicate-facts', '--wait', '--json');
      expect(again.json).toMatchObject({ status: 'success', totals: { merged_entities: 0 }, partitions: {} });
      expect(await home.contents(installation)).toBe(merged);
      const undo = await installation.cli('undo', runId, '--wait', '--json');
      expect(undo.json).toMatchObject({ status: 'success', totals: { unmerged_entities: 2, refused: 0 } });
      expect(await home.contents(installation)).toBe(before);
      const last = await installation.cli('run', 'deduplicate-facts', '--wait', '--json');
      expect(last.json).toMatchObject({ totals: { merged_entities: 0 } });
      const { rows } = await sql<{ texts: number }>`select count(*)::int as texts from coppice.runs
        where survey::text like '%Lovelace%'`.execute(installation.parts.db);
      expect(rows).toEqual([{ texts: 0 }]);
    });
  },
);
