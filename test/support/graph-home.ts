import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import { createWeaviateGraphVectors } from '../../src/stores/weaviate/graph/store.ts';
import { connectFalkordb, queryFalkordb } from './falkordb.ts';
import type { Installation } from './installation.ts';
import { connectNeo4j } from './neo4j.ts';
import { describeEndToEnd, describeWithServers, describeWithWeaviate, type Servers } from './requires.ts';
import { clientOf, objectsIn } from './weaviate-objects.ts';

/** Where a suite keeps a graph of its own, named `graph`, for whole installations. */
export interface GraphHome {
  readonly store: 'PostgreSQL' | 'Neo4j' | 'FalkorDB';
  /** For `coppice.yaml`, with the address of the store. */
  readonly settings: { readonly graphs: object; readonly stores: object };
  load(installation: Installation, lines: readonly GraphLine[]): Promise<void>;
  /** All that the application has in it, without what a recompute wrote, in a form that compares. */
  contents(installation: Installation): Promise<string>;
  /** The graph itself, past the product; `null`: it is tables. */
  readonly cypher: CypherAccess | null;
  close(): Promise<void>;
}

export interface CypherAccess {
  /** The property that says which group a node or relationship belongs to. */
  readonly group: string;
  query(text: string): Promise<readonly (readonly unknown[])[]>;
}

const cypherHomes = [
  ['Neo4j', 'neo4j', (url: string) => neo4jHome(url)],
  ['FalkorDB', 'falkordb', (url: string) => falkordbHome(url)],
] as const;

/** A suite on each of the three kinds of store. */
export function describeOnGraphStores(
  title: string,
  body: (servers: Omit<Servers, 'weaviateUrl'>, home: GraphHome) => void,
): void {
  describeEndToEnd(`${title} (PostgreSQL)`, (servers) => body(servers, tablesHome()));
  describeWithWeaviate(`${title} (PostgreSQL, vectors in Weaviate)`, ({ weaviateUrl, ...servers }) =>
    body(servers, withClass(tablesHome(), weaviateUrl)),
  );
  for (const [store, server, homeOf] of cypherHomes) {
    describeWithServers(
      `${title} (${store})`,
      ['postgres', 'temporal', server],
      ([postgresUrl = '', temporalAddress = '', url = '']) => body({ postgresUrl, temporalAddress }, homeOf(url)),
    );
  }
}

async function loadByStore({ parts }: Installation, lines: readonly GraphLine[]): Promise<void> {
  const [store] = parts.graphs;
  if (store?.loading.load === null || store === undefined) throw new Error('this graph takes no lines');
  await store.ensure();
  await store.loading.load(lines);
}

export function tablesHome(): GraphHome {
  return {
    store: 'PostgreSQL',
    settings: { graphs: { graph: null }, stores: {} },
    load: loadByStore,
    contents: async ({ parts }) => {
      const all = [];
      const [graph] = parts.graphs;
      const own = graph?.mapping.vectorsBeside === undefined ? ['vectors'] : [];
      for (const name of ['documents', 'entities', 'mentions', 'relations', ...own]) {
        const table = sql.id('knowledge', `graph_${name}`);
        const { rows } = await sql<{ row: string }>`select t::text as row from ${table} t order by 1`.execute(parts.db);
        all.push(rows.map(({ row }) => row));
      }
      return JSON.stringify(all);
    },
    cypher: null,
    close: async () => {},
  };
}

/**
 * The same home with its vectors in a class of the suite's own, as an application would have one.
 *
 * @param through as below
 */
export function withClass(home: GraphHome, url: string, through?: number): GraphHome {
  const { hostname, port } = new URL(url);
  const name = `Home_${randomBytes(4).toString('hex')}`;
  const vectors = {
    ...{ in: 'weaviate', class: name, id: 'vector_id', document: 'document_id', entity: 'entity_id' },
    ...{ created_at: 'created_at', deprecated_at: 'deprecated_at' },
  };
  const { graphs, stores } = home.settings;
  return {
    ...home,
    settings: {
      graphs: { ...graphs, graph: { ...Object.values(graphs)[0], vectors } },
      stores: { ...stores, weaviate: { url: `http://${hostname}:${through ?? port}`, timeout_seconds: 30 } },
    },
    load: async (installation, lines) => {
      const [graph] = installation.parts.config.graphs;
      if (graph?.vectorsBeside?.in !== 'weaviate') throw new Error('its vectors are elsewhere');
      const mapping = { ...graph, vectorsBeside: { ...graph.vectorsBeside, mapped: false } };
      const beside = createWeaviateGraphVectors({ url, timeoutMs: 30_000, mapping });
      await beside.ensure();
      const isVector = (line: GraphLine) => line.type === 'vector';
      await home.load(
        installation,
        lines.filter((line) => !isVector(line)),
      );
      const own = lines.filter(isVector);
      if (own.length > 0) await beside.load?.(own);
    },
    contents: async (installation) =>
      `${await home.contents(installation)} ${JSON.stringify(await objectsIn(url, name))}`,
    close: async () => {
      await clientOf({ url }).call('DELETE', `/schema/${name}`);
      await home.close();
    },
  };
}

const written = /^(community|centrality)_[01]$/;

/**
 * One database for all: the graph's groups are a property of the suite's own.
 *
 * @param through the port that the product is given, where it is not that of the server
 */
export function neo4jHome(url: string, through?: number): GraphHome {
  const { username, password, hostname, port } = new URL(url);
  const driver = connectNeo4j(url);
  const group = `group_${randomBytes(4).toString('hex')}`;
  const query = async (cypher: string) =>
    (await driver.executeQuery(cypher)).records.map((record) => Object.values(record.toObject()));
  return {
    store: 'Neo4j',
    settings: {
      graphs: { graph: { in: 'neo4j', group } },
      stores: {
        // Its first answers take long: the code behind them is compiled then.
        neo4j: { url: `bolt://${hostname}:${through ?? port}`, user: username, password, timeout_seconds: 60 },
      },
    },
    load: loadByStore,
    contents: async () => {
      const nodes = await query(`MATCH (n) WHERE n.${group} IS NOT NULL RETURN labels(n), properties(n)`);
      const edges = await query(
        `MATCH (n)-[r]->(m) WHERE n.${group} IS NOT NULL RETURN type(r), properties(r), n.id, m.id, n.${group}`,
      );
      return canonical([...nodes, ...edges]);
    },
    cypher: { group, query },
    close: async () => {
      await query(`MATCH (n) WHERE n.${group} IS NOT NULL DETACH DELETE n`);
      await driver.close();
    },
  };
}

/** @param through as above */
export function falkordbHome(url: string, through?: number): GraphHome {
  const { password, hostname, port } = new URL(url);
  const graph = `home_${randomBytes(4).toString('hex')}`;
  const client = connectFalkordb(url);
  const connected = client.connect();
  const query = async (cypher: string) => {
    await connected;
    return queryFalkordb(client, graph, cypher);
  };
  return {
    store: 'FalkorDB',
    settings: {
      graphs: { graph: { in: 'falkordb', database: graph } },
      stores: {
        falkordb: { url: `redis://${hostname}:${through ?? port}`, password: decodeURIComponent(password) },
      },
    },
    load: loadByStore,
    contents: async () => {
      const nodes = await query(
        'MATCH (n) WHERE n.group_id IS NOT NULL UNWIND keys(n) AS k RETURN labels(n), n.group_id, n.id, k, n[k]',
      );
      const edges = await query(
        'MATCH (n)-[r]->(m) UNWIND keys(r) AS k RETURN type(r), n.group_id, n.id, m.id, k, r[k]',
      );
      return canonical([...nodes.filter((row) => !written.test(String(row[3]))), ...edges]);
    },
    cypher: { group: 'group_id', query },
    close: async () => {
      await connected;
      await client.sendCommand(['GRAPH.DELETE', graph]).catch(() => {});
      await client.close();
    },
  };
}

/** The same text whatever order rows and properties come in. */
function canonical(rows: readonly unknown[]): string {
  const inOrder = (_key: string, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const own = Object.entries(value).filter(([name]) => !written.test(name));
    return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(rows.map((row) => JSON.stringify(row, inOrder)).sort());
}
