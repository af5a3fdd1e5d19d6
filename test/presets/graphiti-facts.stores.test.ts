import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { GraphJobId } from '../../src/jobs/index.ts';
import { observeGroups } from '../../src/state/graphs/graph-groups.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import { graphTools, surveyed } from '../support/graph-sweep.ts';
import { runPython } from '../support/python.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { type GraphitiHome, onGraphiti } from './graphiti-homes.ts';

await onGraphiti('preset graphiti, on facts of the library', 'facts', suiteOf);

function suiteOf(
  python: string,
  { group, id: groupId, label, mapping, marked, open, connection, query }: GraphitiHome,
): void {
  describeOnDatabase('native', 'facts that are archived or restored', (database) => {
    const tools = graphTools();
    const opened: GraphStore[] = [];
    const library = (...operations: object[]) =>
      runPython(python, 'graphiti_app.py', { store: connection(), operations }, {});
    const id = (name: string) => `${group}-${name}`;
    const save = { do: 'save', group, names: [], labels: [label] };
    const people = { ...save, names: ['Ada', 'Grace', 'Edsger'], facts: [] };
    const old = {
      ...save,
      facts: [
        ['Ada', 'Grace'],
        ['Grace', 'Edsger'],
      ],
    };
    const recent = { ...save, facts: [['Ada', 'Edsger']], created: '2026-05-30T00:00:00+00:00' };
    const [index, search, list] = [
      { do: 'index', group },
      { do: 'search', group },
      { do: 'edges', group },
    ];
    const all = [id('Ada-Edsger'), id('Ada-Grace'), id('Grace-Edsger')];
    const idsOf = (found: object[]) => found.map((one) => Object.keys(one).sort());

    beforeEach(async () => {
      await sql`delete from coppice.holds`.execute(database.db);
      await query(`MATCH (n) WHERE n.group_id = '${group}' DETACH DELETE n`);
      await query(`MATCH (n:CoppiceFence) WHERE n.key ENDS WITH '"${groupId}"]' DELETE n`);
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });
    afterAll(async () => {
      await tools.computer.close();
      await tools.finder.close();
    });

    /** A run for the group, after its survey. */
    async function run(job: GraphJobId, parameters: object, on = mapping) {
      const store = await open(on);
      opened.push(store);
      const [row] = await observeGroups(database.db, on.name, [{ group: groupId, tally: 'as before', items: 0 }]);
      const terms = {
        cutoff,
        parameters: { group: null, ...parameters },
        partition: row?.key ?? '',
        respectHolds: true,
      };
      const sweep = await surveyed(database.db, store, tools, terms, job);
      await sweep.apart(50);
      return sweep;
    }

    it('leave the searches of the library with `archive-facts`, and are back in them after its undo', async () => {
      const [before, listed] = (await library(people, old, recent, index, search, list)).slice(-2);
      expect(idsOf(before)).toEqual([all, all]);
      const sweep = await run('archive-facts', { ttl_days: 30, ttl_days_by_name: '' });
      expect(await sweep.totals()).toEqual({ archived_facts: 2 });
      const [found, left, nodes] = await library(search, list, { do: 'read', group });
      expect(idsOf(found)).toEqual([[id('Ada-Edsger')], [id('Ada-Edsger')]]);
      expect(Object.keys(left)).toEqual([id('Ada-Edsger')]);
      expect(Object.keys(nodes).sort()).toEqual(['Ada', 'Edsger', 'Grace']);
      expect(await sweep.undo()).toEqual({ restored_edges: 2, refused: 0 });
      expect(await library(search, list)).toEqual([before, listed]);
    });

    it('carry `relations.archived_at` as an attribute until an undo, also where the library saves them again', async () => {
      const [before, listed] = (await library(people, old, recent, index, search, list)).slice(-2);
      const sweep = await run('archive-facts', { ttl_days: 30, ttl_days_by_name: '' }, marked);
      expect(await sweep.totals()).toEqual({ archived_facts: 2 });
      const after = { [id('Ada-Edsger')]: false, [id('Ada-Grace')]: true, [id('Grace-Edsger')]: true };
      const [found, same, , again] = await library(search, list, { do: 'save_facts_again', group }, search);
      // The searches of the library know no filter by a property: the application leaves these facts out.
      expect(found).toEqual([after, after]);
      expect(same).toEqual(listed);
      expect(again).toEqual(found);
      expect(await sweep.undo()).toEqual({ restored_edges: 2, refused: 0 });
      expect(await library(search, list)).toEqual([before, listed]);
    });

    it('are found by the library again with `audit-invalidations`, and not after its undo', async () => {
      const chain = Array.from({ length: 13 }, (_, at) => `N${at}`);
      const links = chain.slice(1).map((name, at): [string, string] => [chain[at] ?? '', name]);
      const retired = links.map((link, at) => ({
        ...{ ...save, facts: [link] },
        created: `2026-01-${String(at + 10)}T08:00:00+00:00`,
        retired: '2026-02-01T10:00:00.123456+00:00',
      }));
      const operations = [people, old, recent, { ...save, names: chain, facts: [] }, ...retired, index, search, list];
      const [before, listed] = (await library(...operations)).slice(-2);
      expect(idsOf(before)).toEqual([all, all]);
      const sweep = await run('audit-invalidations', { signs: 'all', max_facts: 1_000 });
      expect(await sweep.totals()).toEqual({ restored_facts: 12 });
      const both = [...all, ...links.map((link) => id(link.join('-')))].sort();
      const [found, same] = await library(search, list);
      expect(idsOf(found)).toEqual([both, both]);
      expect(same).toEqual(listed);
      expect(await sweep.undo()).toEqual({ retired_facts: 12, refused: 0 });
      expect(await library(search, list)).toEqual([before, listed]);
    });
  });
}
