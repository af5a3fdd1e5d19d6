import { afterAll, beforeAll, describe } from 'vitest';
import { defaultCypherGraph, defaultPostgresGraph } from '../../../src/config/graph-defaults.ts';
import { boundedTransaction } from '../../../src/database/transaction.ts';
import type { GraphMapping } from '../../../src/domain/graph-mapping.ts';
import { literal } from '../../../src/stores/falkordb/parameters.ts';
import { createPostgresGraph } from '../../../src/stores/postgres/graph/store.ts';
import { describeOnFalkordb } from '../../support/falkordb.ts';
import { describeOnNeo4j } from '../../support/neo4j.ts';
import { describeOn, describeOnDatabase, type SuiteDatabase } from '../../support/stores.ts';
import { classPlace, placeWithVectors, tablePlace, withoutVectors } from './beside-place.ts';
import { falkorPlace, openFalkorGraph } from './falkordb-place.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import { labelsOf, neo4jPlace, openNeo4jGraph, suiteGraph } from './neo4j-place.ts';
import type { GraphPlace, Transaction } from './place.ts';
import { tablesPlace } from './tables-place.ts';

/** Every store of graphs, and every store of vectors beside one, keep the contract together too. */

const none = () => Promise.reject(new Error('this graph is no part of the database'));

/** The contract with a class, and then with a table. */
function inClass(database: SuiteDatabase, mapping: GraphMapping, alone: () => GraphPlace, transaction: Transaction) {
  describeOn('weaviate', 'vectors in a class', (server) => {
    let opened: GraphPlace;
    let drop: () => Promise<void>;
    beforeAll(async () => {
      const beside = await classPlace(server.url, mapping);
      drop = beside.drop;
      opened = placeWithVectors(database.db, alone(), beside);
      await opened.store.ensure();
    });
    afterAll(() => drop());
    graphStoreContract(() => opened, transaction);
  });
}

function inTable(database: SuiteDatabase, mapping: GraphMapping, alone: () => GraphPlace) {
  describe('vectors in a table', () => {
    let opened: GraphPlace;
    beforeAll(async () => {
      opened = placeWithVectors(database.db, alone(), await tablePlace(database.db, mapping));
      await opened.store.ensure();
    });
    graphStoreContract(() => opened, none);
  });
}

describeOnDatabase('native', 'graph in tables', (database) => {
  const place = withoutVectors(defaultPostgresGraph('graph'));
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };
  const alone = () => tablesPlace(database.db, createPostgresGraph(database.db, mapping), place);
  inClass(database, mapping, alone, (work) => boundedTransaction(database.db, work));
});

describeOnDatabase('native', 'graph in FalkorDB', (database) => {
  describeOnFalkordb('vectors beside', (suite) => {
    const graph = suite.graph('beside');
    const place = withoutVectors({ ...defaultCypherGraph('falkordb'), database: graph });
    const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place };
    let alone: GraphPlace;
    beforeAll(async () => {
      const store = await openFalkorGraph(suite.url, mapping);
      const of = (group: string) => ({ graph, where: `n.group_id = ${literal(group)}` });
      alone = falkorPlace(suite, store, of, async () => [graph]);
    });
    afterAll(() => alone.store.close());
    inClass(database, mapping, () => alone, none);
    inTable(database, mapping, () => alone);
  });
});

describeOnDatabase('native', 'graph in Neo4j', (database) => {
  describeOnNeo4j('vectors beside', (suite) => {
    const place = withoutVectors(suiteGraph(suite));
    const mapping = { name: suite.label('graph'), mapped: false, emptyGroup: null, accept: [], place };
    let alone: GraphPlace;
    beforeAll(async () => {
      alone = neo4jPlace(suite, await openNeo4jGraph(suite.url, mapping), labelsOf(place));
    });
    afterAll(() => alone.store.close());
    inTable(database, mapping, () => alone);
    inClass(database, mapping, () => alone, none);
  });
});
