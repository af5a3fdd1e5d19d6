import type { CypherSettings } from './graph-schema.ts';

/** Schemas of well-known graphs. Settings beside a preset override it. */
export const graphPresets = {
  /**
   * Graphiti: facts are relations with a list of the episodes they come from; vectors are properties of what they belong
   * to. `expired_at` and `invalid_at` mark superseded history and are no time to live. It takes every property of an entity
   * that it does not know for an attribute, and replaces all of them when it saves one: results are kept on other nodes.
   */
  graphiti: (place: 'neo4j' | 'falkordb'): Omit<CypherSettings, 'in' | 'vectors'> & { readonly vectors: null } => {
    const created = { property: 'created_at', type: place === 'neo4j' ? ('datetime' as const) : ('iso_text' as const) };
    return {
      ...(place === 'falkordb' ? { graph_prefix: '' } : { empty_group: 'default' }),
      documents: { label: 'Episodic', id: 'uuid', created_at: created, relations: 'entity_edges' },
      entities: {
        ...{ label: 'Entity', id: 'uuid', created_at: created, attached: ['HAS_MEMBER'] },
        ...{ name: 'name', type: { labels: true }, description: 'summary', vector: 'name_embedding' },
      },
      mentions: { type: 'MENTIONS', created_at: created },
      relations: {
        ...{ type: 'RELATES_TO', id: 'uuid', documents: 'episodes', created_at: created },
        ...{ name: 'name', text: 'fact', vector: 'fact_embedding', valid_from: 'valid_at', valid_to: 'invalid_at' },
        ...{ retired_at: 'expired_at', source: 'source_uuid', target: 'target_uuid' },
      },
      vectors: null,
      results: { in: 'nodes' as const },
    };
  },
};
