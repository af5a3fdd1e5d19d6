import { afterAll, beforeAll } from 'vitest';
import { defaultMergeFields } from '../../../src/config/merge-fields.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnNeo4j } from '../../support/neo4j.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import { mergingContract } from './merging.contract.ts';
import { labelsOf, neo4jPlace, openNeo4jGraph, suiteGraph } from './neo4j-place.ts';
import type { GraphPlace } from './place.ts';

describeOnNeo4j('graph store', (suite) => {
  const place = suiteGraph(suite);
  const mapping = {
    name: suite.label('graph'),
    mapped: false,
    emptyGroup: null,
    accept: [],
    place,
    merging: defaultMergeFields,
  };
  let store: GraphStore;
  let opened: GraphPlace;

  beforeAll(async () => {
    store = await openNeo4jGraph(suite.url, mapping);
    await store.ensure();
    opened = neo4jPlace(suite, store, labelsOf(place));
  });
  afterAll(() => store.close());

  graphStoreContract(
    () => opened,
    () => Promise.reject(new Error('this graph is no part of the database')),
  );
  mergingContract(
    () => opened,
    () => Promise.reject(new Error('this graph is no part of the database')),
  );
});
