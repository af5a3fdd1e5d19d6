import { createHash } from 'node:crypto';
import { defaultCypherGraph } from '../../../src/config/graph-defaults.ts';
import type { CypherGraph } from '../../../src/domain/graph-mapping.ts';
import type { CypherMapping } from '../../../src/stores/cypher/names.ts';
import { createNeo4jGraph } from '../../../src/stores/neo4j/store.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import type { Neo4jSuite } from '../../support/neo4j.ts';
import type { GraphPlace } from './place.ts';

/** The default schema under labels and types of the suite's own. */
export function suiteGraph(suite: Neo4jSuite): CypherGraph {
  const graph = defaultCypherGraph('neo4j');
  const { documents, entities, mentions, relations, vectors } = graph;
  return {
    ...graph,
    documents: { ...documents, label: suite.label(documents.label) },
    entities: { ...entities, label: suite.label(entities.label) },
    mentions: { ...mentions, type: suite.label(mentions.type) },
    relations: { ...relations, type: suite.label(relations.type) },
    vectors: vectors === null ? null : { ...vectors, label: suite.label(vectors.label) },
  };
}

export function openNeo4jGraph(url: string, mapping: CypherMapping, timeoutMs = 30_000): Promise<GraphStore> {
  const { username, password, host } = new URL(url);
  return createNeo4jGraph({ mapping, url: `bolt://${host}`, user: username, password, timeoutMs });
}

/** Labels of the mapping and some more: what a checksum looks at and `clear` empties. */
export function neo4jPlace(suite: Neo4jSuite, store: GraphStore, labels: readonly string[]): GraphPlace {
  let epoch = 0;
  return {
    store,
    dangling: false,
    load: async (lines) => store.loading.load?.(lines),
    fence: async (group) => {
      epoch += 1;
      return { group, epoch };
    },
    checksum: async (group) => {
      const rows = await suite.query(
        `MATCH (n) WHERE n.group_id = $group AND any(label IN labels(n) WHERE label IN $labels)
         OPTIONAL MATCH (n)-[r]->(m)
         RETURN labels(n) AS labels, properties(n) AS node, type(r) AS type, properties(r) AS edge, m.id AS id, m.uuid AS uuid`,
        { group, labels },
      );
      return createHash('sha256')
        .update(JSON.stringify(rows.map(inOrder).sort()))
        .digest('hex');
    },
    setRank: async (group, entity, rank) => {
      await suite.query('MATCH (n {group_id: $group, id: $entity}) SET n.rank = toInteger($rank)', {
        group,
        entity,
        rank,
      });
    },
    rankOf: async (group, entity) => {
      const [row] = await suite.query('MATCH (n {group_id: $group, id: $entity}) RETURN toString(n.rank) AS rank', {
        group,
        entity,
      });
      return String(row?.rank);
    },
    clear: async () => {
      for (const label of labels) await suite.query(`MATCH (n:${label}) DETACH DELETE n`);
      await suite.query('MATCH (n:CoppiceGroup|CoppiceResult {graph: $graph}) DELETE n', { graph: store.mapping.name });
      await suite.query('MATCH (n:CoppiceFence) WHERE n.key STARTS WITH $key DELETE n', {
        key: JSON.stringify([store.mapping.name]).slice(0, -1),
      });
    },
  };
}

export function labelsOf({ documents, entities, vectors }: CypherGraph): string[] {
  return [documents.label, entities.label, ...(vectors === null ? [] : [vectors.label])];
}

/** The same text whatever order properties come in. */
function inOrder(row: Record<string, unknown>): string {
  return JSON.stringify(row, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
