import { StoreError } from '../../domain/store-errors.ts';
import type { CypherMapping } from '../cypher/names.ts';
import { createCypherGraph } from '../cypher/store.ts';
import { traced } from '../cypher/traced.ts';
import type { GraphStore } from '../ports/graph-store.ts';
import { graphDataScience } from './algorithms.ts';
import { type Neo4jAddress, openNeo4j } from './session.ts';

export interface Neo4jOptions extends Neo4jAddress {
  readonly mapping: CypherMapping;
}

/**
 * A graph in Neo4j. Nothing is asked of the server yet. Whether it has Graph Data Science is found out by `inspect`, which goes
 * before all work on it, and again by `probe`.
 */
export async function createNeo4jGraph({ mapping, ...address }: Neo4jOptions): Promise<GraphStore> {
  if (mapping.place.groups.by === 'graph') {
    throw new StoreError(
      'StoreRefusedError',
      `graph ${mapping.name}: groups as graphs of their own are FalkorDB's; map a property`,
    );
  }
  const session = traced(openNeo4j(address, mapping.place.database), 'neo4j');
  const algorithms = graphDataScience(session, mapping);
  let hasGds: boolean | null = null;
  const probe = async (signal?: AbortSignal): Promise<void> => {
    const rows = await session.read(
      null,
      `SHOW FUNCTIONS YIELD name WHERE name = 'gds.version' RETURN count(*) AS found`,
      {},
      signal,
    );
    hasGds = rows[0]?.found === 1n;
  };
  return createCypherGraph(session, mapping, {
    description: `${mapping.place.entities.label} nodes of database ${mapping.place.database} in ${session.where}`,
    probe,
    algorithms: () => (hasGds === true ? algorithms : null),
    problems: async () => {
      if (hasGds === null) await probe();
      return [];
    },
  });
}
