import { afterAll, beforeAll, expect, it } from 'vitest';
import { falkordbHome } from '../support/graph-home.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeWithServers } from '../support/requires.ts';

const stamp = '2026-02-01T10:00:00.123456+00:00';

/** Twelve facts that were written on different days and retired at one instant, as Graphiti keeps them. */
const retired = (group: string) => `
  UNWIND range(1, 13) AS n
  CREATE (e:Entity {uuid: 'p' + toString(n), group_id: '${group}', name: 'person ' + toString(n)})
  WITH collect(e) AS all UNWIND range(1, 12) AS n
  WITH all[n - 1] AS a, all[n] AS b, n, '2026-01-' + toString(n + 10) + 'T08:00:00+00:00' AS day
  CREATE (a)-[:RELATES_TO {uuid: 'f' + toString(n), group_id: '${group}', name: 'KNOWS', fact: 'fact ' + toString(n),
    created_at: day, valid_at: day, invalid_at: '${stamp}', expired_at: '${stamp}'}]->(b)`;

describeWithServers(
  'audit-invalidations',
  ['postgres', 'temporal', 'falkordb'],
  ([postgresUrl = '', temporalAddress = '', url = '']) => {
    const home = falkordbHome(url);
    const name = String(Object.values(home.settings.graphs)[0].database);
    const [prefix, group] = [name.slice(0, -1), name.slice(-1)];
    let installation: Installation;
    let before: string;

    beforeAll(async () => {
      const graphs = { memory: { in: 'falkordb', preset: 'graphiti', graph_prefix: prefix } };
      const settings = { graphs, stores: home.settings.stores };
      installation = await createInstallation({ postgresUrl, temporalAddress, settings });
      await home.cypher?.query(retired(group));
      before = await home.contents(installation);
      await installation.worker();
    });
    afterAll(async () => {
      await installation?.close();
      await home.close();
    });

    it('a preview lists the facts with evidence, for programs and for people', async () => {
      const preview = await installation.cli('preview', 'audit-invalidations', '--json');
      expect(preview.json.survey).toMatchObject({ due: 12, rows: 12, would_delete: 0 });
      expect(preview.json.facts).toHaveLength(12);
      expect(preview.json.facts[0]).toMatchObject({
        ...{ graph: 'memory', group_id: group, id: 'f1', text: 'fact 1', relation: 'KNOWS', sign: 'mass_stamp' },
        evidence: { valid_to: stamp, retired_at: stamp, sharing_stamp: 12, replacement: null },
      });
      const shown = await installation.cli('preview', 'audit-invalidations');
      expect(shown.stdout).toContain('fact 1 (f1)');
    });

    it('its schedule is paused, and a run restores nothing before a person approves it; an undo retires the facts again', async () => {
      const schedules = await installation.cli('schedules', 'list', '--json');
      const own = schedules.json.find(({ job }: { job: string }) => job === 'audit-invalidations');
      expect(own).toMatchObject({ paused: true });
      const run = await installation.cli('run', 'audit-invalidations', '--wait', '--json');
      expect(run.json).toMatchObject({ status: 'held', totals: { restored_facts: 0 } });
      expect(await home.contents(installation)).toBe(before);
      const approved = await installation.cli('approve', run.json.run_id, '--wait', '--json');
      expect(approved.json).toMatchObject({ status: 'success', totals: { restored_facts: 12 } });
      expect(await home.contents(installation)).not.toContain(stamp);
      const again = await installation.cli('preview', 'audit-invalidations', '--json');
      expect(again.json.survey).toMatchObject({ due: 0 });
      const undo = await installation.cli('undo', approved.json.run_id, '--wait', '--json');
      expect(undo.json).toMatchObject({ status: 'success', totals: { retired_facts: 12, refused: 0 } });
      expect(await home.contents(installation)).toBe(before);
      const held = await installation.cli('preview', 'audit-invalidations', '--json');
      expect(held.json.survey).toMatchObject({ due: 0, on_hold: 12 });
    });
  },
);
