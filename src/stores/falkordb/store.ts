import type { CypherMapping } from '../cypher/names.ts';
import { createCypherGraph } from '../cypher/store.ts';
import { traced } from '../cypher/traced.ts';
import type { GraphStore } from '../ports/graph-store.ts';
import type { FalkorAddress } from './connection.ts';
import { openFalkorSession } from './session.ts';

export interface FalkorOptions extends FalkorAddress {
  readonly mapping: CypherMapping;
}

/**
 * A graph in FalkorDB, or one for each group. A server that is down does not fail this: it fails what is asked of it, until
 * it is there. Its own algorithms know no Leiden and no Louvain: a recompute runs in the worker.
 */
export async function createFalkorGraph({ mapping, ...address }: FalkorOptions): Promise<GraphStore> {
  const { groups, database, entities } = mapping.place;
  const session = traced(openFalkorSession(address, database), 'falkordb');
  const graphs = groups.by === 'graph' ? `graphs ${groups.prefix}…` : `graph ${database}`;
  return createCypherGraph(session, mapping, {
    description: `${entities.label} nodes of ${graphs} in ${session.where}`,
    probe: async (signal) => {
      await session.graphs(signal);
    },
    algorithms: () => null,
    problems: async () => [],
  });
}
