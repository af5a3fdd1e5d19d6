import type { CypherGraph, GraphNodes, GraphTime } from '../../../src/domain/graph-mapping.ts';

/**
 * Graphiti's schema. `expired_at`, `invalid_at` and `valid_at` mark superseded history and are no time to live: none of them
 * is mapped. Vectors are properties and go with what they describe.
 */
export function graphitiGraph(where: CypherGraph['in'], name: (plain: string) => string): CypherGraph {
  const time: GraphTime = { property: 'created_at', type: where === 'neo4j' ? 'datetime' : 'iso_text' };
  const nodes = (label: string): GraphNodes => ({
    label: name(label),
    id: 'uuid',
    createdAt: time,
    deprecatedAt: null,
  });
  return {
    in: where,
    groups: where === 'neo4j' ? { by: 'property', property: 'group_id' } : { by: 'graph', prefix: name('graphiti') },
    database: 'neo4j',
    documents: nodes('Episodic'),
    entities: { ...nodes('Entity'), attached: ['HAS_MEMBER'] },
    mentions: { type: name('MENTIONS'), createdAt: time },
    relations: {
      ...{ type: name('RELATES_TO'), id: 'uuid', documents: 'episodes' },
      ...{ createdAt: time, deprecatedAt: null, weight: null },
    },
    vectors: null,
    results: { community: 'coppice_community', centrality: 'coppice_centrality' },
  };
}
