import { afterAll, beforeAll } from 'vitest';
import { defaultCypherGraph } from '../../../src/config/graph-defaults.ts';
import { defaultMergeFields } from '../../../src/config/merge-fields.ts';
import { literal } from '../../../src/stores/falkordb/parameters.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnFalkordb } from '../../support/falkordb.ts';
import { falkorPlace, openFalkorGraph } from './falkordb-place.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import { mergingContract } from './merging.contract.ts';
import type { GraphPlace } from './place.ts';

const none = () => Promise.reject(new Error('this graph is no part of the database'));

describeOnFalkordb('graph store', (suite) => {
  const graph = suite.graph('knowledge');
  const place = { ...defaultCypherGraph('falkordb'), database: graph };
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place, merging: defaultMergeFields };
  let store: GraphStore;
  let opened: GraphPlace;

  beforeAll(async () => {
    store = await openFalkorGraph(suite.url, mapping);
    await store.ensure();
    const of = (group: string) => ({ graph, where: `n.group_id = ${literal(group)}` });
    opened = falkorPlace(suite, store, of, async () => [graph]);
  });
  afterAll(() => store.close());

  graphStoreContract(() => opened, none);
  mergingContract(() => opened, none);
});

describeOnFalkordb('graph store, a graph for each group and results on nodes', (suite) => {
  const prefix = suite.graph('group').replace('group', 'g');
  const standard = defaultCypherGraph('falkordb');
  const results = { ...standard.results, in: 'nodes' } as const;
  const place = { ...standard, groups: { by: 'graph', prefix }, results } as const;
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place, merging: defaultMergeFields };
  let store: GraphStore;
  let opened: GraphPlace;
  const graphs = async () =>
    (await suite.client.sendCommand<string[]>(['GRAPH.LIST'])).filter((name) => name.startsWith(prefix));

  beforeAll(async () => {
    store = await openFalkorGraph(suite.url, mapping);
    const of = (group: string) => ({ graph: `${prefix}${group}`, where: 'true' });
    opened = falkorPlace(suite, store, of, graphs);
  });
  afterAll(async () => {
    for (const name of await graphs()) await suite.client.sendCommand(['GRAPH.DELETE', name]);
    await store.close();
  });

  graphStoreContract(() => opened, none);
  mergingContract(() => opened, none);
});
