import { sql } from 'kysely';
import { defaultCypherGraph, defaultPostgresGraph } from '../../src/config/graph-defaults.ts';
import { defaultMergeFields } from '../../src/config/merge-fields.ts';
import type { Db } from '../../src/database/schema.ts';
import type { MergeFields } from '../../src/domain/merging/merge-fields.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { createPostgresGraph } from '../../src/stores/postgres/graph/store.ts';
import { openFalkorGraph } from '../stores/graph/falkordb-place.ts';
import { labelsOf, openNeo4jGraph, suiteGraph } from '../stores/graph/neo4j-place.ts';
import { describeOnFalkordb } from './falkordb.ts';
import { describeOnNeo4j } from './neo4j.ts';

/** An empty graph of the default schema on one of the stores, of the suite's own. */
export interface SuiteGraph {
  readonly store: 'PostgreSQL' | 'Neo4j' | 'FalkorDB';
  /** Opens it, and makes what is missing. */
  open(db: Db, options?: SuiteOptions): Promise<GraphStore>;
  /** Sets the property `pinned` of entities with this id. */
  pin(db: Db, id: string): Promise<void>;
  clear(db: Db): Promise<void>;
}

interface SuiteOptions {
  /** With a property that `archive-facts` sets. */
  readonly archived?: boolean;
  /** With a property `pinned` of entities. */
  readonly pinned?: boolean;
}

/** Declares a suite for each store that holds graphs. */
export function describeOnGraphStores(title: string, body: (graph: SuiteGraph) => void): void {
  body({ store: 'PostgreSQL', open: openTables, clear: clearTables, pin: pinInTables });
  describeOnNeo4j(title, (suite) => {
    const place = suiteGraph(suite);
    body({
      store: 'Neo4j',
      open: async (_db, options) => {
        const merging = mergingOf(options, { property: 'archived_at', type: 'datetime' });
        return ensured(await openNeo4jGraph(suite.url, { ...own, name: suite.label('graph'), place, merging }));
      },
      pin: async (_db, id) => {
        await suite.query(`MATCH (n:${place.entities.label} {id: '${id}'}) SET n.pinned = true`);
      },
      clear: async () => {
        for (const label of labelsOf(place)) await suite.query(`MATCH (n:${label}) DETACH DELETE n`);
        await suite.query(`MATCH (n:CoppiceFence) WHERE n.key STARTS WITH '["${suite.label('graph')}"' DELETE n`);
      },
    });
  });
  describeOnFalkordb(title, (suite) => {
    const graph = suite.graph('knowledge');
    const place = { ...defaultCypherGraph('falkordb'), database: graph };
    body({
      store: 'FalkorDB',
      open: async (_db, options) => {
        const merging = mergingOf(options, { property: 'archived_at', type: 'epoch_ms' });
        return ensured(await openFalkorGraph(suite.url, { ...own, name: 'graph', place, merging }));
      },
      pin: async (_db, id) => {
        await suite.query(graph, `MATCH (n:${place.entities.label} {id: '${id}'}) SET n.pinned = true`);
      },
      clear: async () => {
        await suite.query(graph, 'MATCH (n) DELETE n');
      },
    });
  });
}

const own = { mapped: false, emptyGroup: null, accept: [] };
const parts = ['documents', 'entities', 'mentions', 'relations', 'vectors'];

function mergingOf(
  { archived = false, pinned = false }: SuiteOptions = {},
  archivedAt: Exclude<MergeFields['relations']['accessedAt'], null>,
): MergeFields {
  const { entities, relations, ...more } = defaultMergeFields;
  return {
    ...more,
    entities: { ...entities, ...(pinned ? { pinned: 'pinned' } : {}) },
    relations: { ...relations, ...(archived ? { archivedAt } : {}) },
  };
}

async function openTables(db: Db, options?: SuiteOptions): Promise<GraphStore> {
  const merging = mergingOf(options, { column: 'archived_at', keys: [], type: 'timestamptz', zone: 'UTC' });
  const place = defaultPostgresGraph('suite');
  const store = await ensured(createPostgresGraph(db, { ...own, name: 'suite', place, merging }));
  await sql`alter table knowledge.suite_relations add column if not exists archived_at timestamptz`.execute(db);
  await sql`alter table knowledge.suite_entities add column if not exists pinned boolean`.execute(db);
  return store;
}

async function pinInTables(db: Db, id: string): Promise<void> {
  await sql`update knowledge.suite_entities set pinned = true where id = ${id}`.execute(db);
}

async function clearTables(db: Db): Promise<void> {
  for (const part of parts) await sql`delete from knowledge.${sql.ref(`suite_${part}`)}`.execute(db);
}

async function ensured(store: GraphStore): Promise<GraphStore> {
  await store.ensure();
  return store;
}

/** Deletes what Coppice has noted of graphs. */
export async function forgetGraphs(db: Db): Promise<void> {
  const tables = [
    'graph_groups',
    'ledger_graph',
    'run_partitions',
    'partition_locks',
    'holds',
    'merges',
    'memory_verdicts',
  ];
  for (const table of tables) await sql`delete from coppice.${sql.ref(table)}`.execute(db);
}
