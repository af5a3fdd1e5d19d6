import { createHash } from 'node:crypto';
import type { CypherMapping } from '../../../src/stores/cypher/names.ts';
import { createFalkorGraph } from '../../../src/stores/falkordb/store.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import type { FalkordbSuite } from '../../support/falkordb.ts';
import type { GraphPlace } from './place.ts';

export function openFalkorGraph(url: string, mapping: CypherMapping, timeoutMs = 30_000): Promise<GraphStore> {
  const { password, host } = new URL(url);
  return createFalkorGraph({ mapping, url: `redis://${host}`, password: decodeURIComponent(password), timeoutMs });
}

/** @param graphOf the graph in which a group is, and the condition that picks its nodes there as `n` */
export function falkorPlace(
  suite: FalkordbSuite,
  store: GraphStore,
  graphOf: (group: string) => { readonly graph: string; readonly where: string },
  graphs: () => Promise<readonly string[]>,
): GraphPlace {
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
      const { graph, where } = graphOf(group);
      const own = `${where} AND NOT n:CoppiceFence AND NOT n:CoppiceGroup AND NOT n:CoppiceResult`;
      // Property by property: in which order they are told is no part of what stands.
      const nodes = await suite.query(
        graph,
        `MATCH (n) WHERE ${own} UNWIND keys(n) AS k RETURN labels(n), n.id, n.uuid, k, typeOf(n[k]), n[k]`,
      );
      const edges = await suite.query(
        graph,
        `MATCH (n)-[r]->(m) WHERE ${own} UNWIND keys(r) AS k
         RETURN type(r), n.id, n.uuid, m.id, m.uuid, k, typeOf(r[k]), r[k]`,
      );
      const rows = [...nodes, ...edges];
      return createHash('sha256')
        .update(JSON.stringify(rows.map((row) => JSON.stringify(row)).sort()))
        .digest('hex');
    },
    setRank: async (group, entity, rank) => {
      const { graph, where } = graphOf(group);
      await suite.query(graph, `MATCH (n {id: '${entity}'}) WHERE ${where} SET n.rank = ${rank}`);
    },
    rankOf: async (group, entity) => {
      const { graph, where } = graphOf(group);
      const [row] = await suite.query(graph, `MATCH (n {id: '${entity}'}) WHERE ${where} RETURN toString(n.rank)`);
      return String(row);
    },
    clear: async () => {
      for (const graph of await graphs()) await suite.query(graph, 'MATCH (n) DELETE n');
    },
  };
}
