import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { observeGroups } from '../../src/state/graphs/graph-groups.ts';
import { tallyOf } from '../../src/stores/ports/graph-census.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import { communitiesOf } from '../support/graph-reads.ts';
import { graphTools, surveyed } from '../support/graph-sweep.ts';
import { runPython } from '../support/python.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { type GraphitiHome, onGraphiti } from './graphiti-homes.ts';

const names = ['Ada', 'Grace', 'Edsger', 'Barbara'];
const facts = [
  ['Ada', 'Grace'],
  ['Edsger', 'Barbara'],
];
const attributes = Object.fromEntries(names.map((name) => [name, { role: 'tester' }]));

await onGraphiti('preset graphiti, on what the library writes', 'team', suiteOf);

function suiteOf(python: string, { group, id: groupId, label, mapping, open, connection, query }: GraphitiHome): void {
  describeOnDatabase('native', 'results of a recompute', (database) => {
    const computer = createGraphComputer({ threads: 1 });
    let store: GraphStore;
    let nights = 0;
    const library = (...operations: object[]) =>
      runPython(python, 'graphiti_app.py', { store: connection(), operations }, {});
    const save = { do: 'save', group, names, facts, labels: [label] };
    const read = { do: 'read', group };
    const saveAgain = { do: 'save_again', group };

    beforeAll(async () => {
      store = await open(mapping);
      await store.ensure();
    });
    beforeEach(async () => {
      await query(`MATCH (n) WHERE n.group_id = '${group}' OR n.group = '${groupId}' DETACH DELETE n`);
      await query(`MATCH (n:CoppiceFence) WHERE n.key ENDS WITH '"${groupId}"]' DELETE n`);
      await library(save);
    });
    afterAll(async () => {
      await store?.close();
      await computer.close();
    });

    /** Counts of a run of `graph-recompute` for the group. */
    async function recompute(on: GraphStore, scope: 'needed' | 'all' = 'needed') {
      const { db } = database;
      const graph = on.mapping.name;
      const [row] = await observeGroups(db, graph, [{ group: groupId, tally: 'as before', items: 0 }]);
      nights += 1;
      const at = new Date(cutoff.getTime() + nights * 86_400_000);
      const terms = { cutoff: at, parameters: { scope }, partition: row?.key ?? '', respectHolds: true };
      const sweep = await surveyed(db, on, graphTools(computer), terms, 'graph-recompute');
      await sweep.apart(500);
      return sweep.totals();
    }

    async function communities() {
      return (await communitiesOf(store, groupId)).toSorted((a, b) => (a.entity < b.entity ? -1 : 1));
    }

    it('are no attributes of its entities, outlast an entity that is saved again, and are written again where lost', async () => {
      expect(await recompute(store)).toEqual({ recomputed_groups: 1 });
      const found = await communities();
      expect(found.map(({ entity }) => entity)).toEqual(names.map((name) => `${group}-${name}`).sort());
      expect(new Set(found.map(({ community }) => community)).size).toBe(2);
      const [, , after] = await library(read, saveAgain, read);
      expect(after).toEqual(attributes);
      expect(await communities()).toEqual(found);
      expect((await tallyOf(store.census, groupId)).resultsMissing).toBe(false);
      expect(await recompute(store)).toEqual({ unchanged_groups: 1 });
      expect(await recompute(store, 'all')).toEqual({ recomputed_groups: 1 });
      expect(await communities()).toEqual(found);
      await query(`MATCH (r:CoppiceResult {entity: '${group}-Ada'}) DELETE r`);
      expect((await tallyOf(store.census, groupId)).resultsMissing).toBe(true);
      expect(await recompute(store)).toEqual({ recomputed_groups: 1 });
      expect(await communities()).toEqual(found);
    });

    it('entities and facts that are merged are found by the library as one, and after an undo as they were', async () => {
      const twin = {
        ...save,
        names: ['ADA'],
        facts: [
          ['ADA', 'Grace'],
          ['Barbara', 'ADA'],
        ],
      };
      const list = { do: 'edges', group };
      const [, before] = await library(twin, list);
      const { merging } = store;
      if (merging?.merges.at !== 'outside') throw new Error('the preset names what merging reads');
      const { merges } = merging;
      let epoch = 1_000_000;
      const fence = () => ({ group: groupId, epoch: epoch++ });
      const id = (name: string) => `${group}-${name}`;
      const limits = { maxEdges: 100, maxBytes: 100_000 };
      const otherLabel = mapping.place.entities.label === label ? 'Entity' : label;
      const compared = [];
      for await (const page of merging.compared(groupId)) compared.push(...page);
      expect(compared.find(({ name }) => name === 'ADA')).toMatchObject({
        ...{
          id: id('ADA'),
          type: otherLabel,
          text: 'known',
          vector: [0.5, 0.25],
          degree: 2,
          properties: { role: 'tester' },
        },
      });
      const prepared = await merges.prepare(groupId, { survivor: id('Ada'), loser: id('ADA') }, limits);
      if (!('record' in prepared)) throw new Error(prepared.refused);
      expect(await merges.merge(fence(), prepared.record)).toBe('merged');
      const [nodes, edges] = await library(read, list);
      expect(nodes).toEqual(attributes);
      // The two facts that say the same are one, and the other one leads to the entity that stays.
      const episodes = [id('episode')];
      expect(edges).toEqual({
        [id('Ada-Grace')]: [id('Ada'), id('Grace'), 'Ada knows Grace', episodes],
        [id('Edsger-Barbara')]: [id('Edsger'), id('Barbara'), 'Edsger knows Barbara', episodes],
        [id('Barbara-ADA')]: [id('Barbara'), id('Ada'), 'Barbara knows ADA', episodes],
      });
      expect(await merges.unmerge(fence(), prepared.record)).toEqual({ undone: true, differences: [] });
      const [all, again] = await library(read, list);
      expect(Object.keys(all).sort()).toEqual(['ADA', ...names].sort());
      expect(again).toEqual(before);
    });

    it('that an earlier release wrote as properties are moved by the next recompute, with their ids', async () => {
      const { community, centrality } = mapping.place.results;
      const before = await open({ ...mapping, place: { ...mapping.place, results: { community, centrality } } });
      await recompute(before);
      const [polluted] = await library(read);
      expect(Object.keys(polluted.Ada).sort()).toEqual(['centrality_0', 'community_0', 'role']);
      const found = await communities();
      expect(found).toHaveLength(names.length);
      expect((await tallyOf(store.census, groupId)).resultsMissing).toBe(true);
      expect(await recompute(store)).toEqual({ recomputed_groups: 1 });
      expect(await library(read)).toEqual([attributes]);
      expect(await communities()).toEqual(found);
      expect((await tallyOf(store.census, groupId)).resultsMissing).toBe(false);
      await before.close();
    });

    it('as properties are written again when the library has erased them', async () => {
      const { community, centrality } = mapping.place.results;
      const own = await open({ ...mapping, place: { ...mapping.place, results: { community, centrality } } });
      await recompute(own);
      await library(save);
      expect((await tallyOf(own.census, groupId)).resultsMissing).toBe(true);
      expect(await recompute(own)).toEqual({ recomputed_groups: 1 });
      expect((await tallyOf(own.census, groupId)).resultsMissing).toBe(false);
      await own.close();
    });
  });
}
