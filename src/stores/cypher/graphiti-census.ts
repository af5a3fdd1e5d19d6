import type { CypherSession } from './session.ts';
import type { CypherValue, Row } from './value.ts';

/** Results of read-only queries on a graph that Graphiti has written. */
export interface GraphitiCensus {
  readonly entities: number;
  readonly groups: number;
  readonly entitiesWithoutVector: number;
  /** Entities without any relationship. */
  readonly orphans: number;
  /** Entities beyond the first of each name in one group, whatever the case of the name. */
  readonly equalNames: number;
  readonly facts: number;
  readonly factsWithoutVector: number;
  /** Facts that are no longer valid. */
  readonly retired: number;
}

/** Labels and types that Graphiti writes. */
export const graphitiNames = [
  'Entity',
  'Episodic',
  'Community',
  'Saga',
  'RELATES_TO',
  'MENTIONS',
  'HAS_MEMBER',
] as const;

/** `null`: the graph has no entity of Graphiti. */
export async function graphitiCensus(session: CypherSession, graph: string | null): Promise<GraphitiCensus | null> {
  const one = async (text: string): Promise<Row> => (await session.read(graph, text, {}))[0] ?? {};
  // Others use the label too, and not these two properties.
  const [own] = await session.read(
    graph,
    'MATCH (e:Entity) WHERE e.uuid IS NOT NULL AND e.group_id IS NOT NULL RETURN e.uuid AS uuid LIMIT 1',
    {},
  );
  if (own === undefined) return null;
  const entities = await one(
    `MATCH (e:Entity) RETURN count(e) AS entities, count(DISTINCT e.group_id) AS groups,
       sum(CASE WHEN e.name_embedding IS NULL THEN 1 ELSE 0 END) AS bare`,
  );
  const orphans = await one('MATCH (e:Entity) WHERE NOT (e)--() RETURN count(e) AS orphans');
  const names = await one(
    `MATCH (e:Entity) WITH e.group_id AS g, toLower(trim(e.name)) AS name, count(e) AS copies WHERE copies > 1
     RETURN sum(copies - 1) AS extra`,
  );
  const facts = await one(
    `MATCH ()-[r:RELATES_TO]->() RETURN count(r) AS facts,
       sum(CASE WHEN r.fact_embedding IS NULL THEN 1 ELSE 0 END) AS bare,
       sum(CASE WHEN r.expired_at IS NULL AND r.invalid_at IS NULL THEN 0 ELSE 1 END) AS retired`,
  );
  return {
    entities: numberOf(entities.entities),
    groups: numberOf(entities.groups),
    entitiesWithoutVector: numberOf(entities.bare),
    orphans: numberOf(orphans.orphans),
    equalNames: numberOf(names.extra),
    facts: numberOf(facts.facts),
    factsWithoutVector: numberOf(facts.bare),
    retired: numberOf(facts.retired),
  };
}

function numberOf(value: CypherValue | undefined): number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0;
}
