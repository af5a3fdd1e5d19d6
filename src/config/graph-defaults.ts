import type { CypherGraph, PostgresGraph } from '../domain/graph-mapping.ts';
import type { TimeField } from '../domain/mapping.ts';
import { defaultSchema } from './mapping.ts';

/** Tables of the default schema: `<name>_documents` and so on. */
export function defaultPostgresGraph(name: string): PostgresGraph {
  const table = (part: string) => ({
    table: { schema: defaultSchema, name: `${name}_${part}` },
    id: 'id',
    group: 'group_id',
    createdAt: timestamptz('created_at'),
    deprecatedAt: timestamptz('deprecated_at'),
  });
  const mentions = { ...table('mentions'), deprecatedAt: null, document: 'document_id', entity: 'entity_id' };
  return {
    in: 'postgres',
    documents: table('documents'),
    entities: table('entities'),
    mentions,
    relations: { ...table('relations'), source: 'source', target: 'target', document: 'document_id', weight: 'weight' },
    vectors: { ...table('vectors'), document: 'document_id', entity: 'entity_id' },
    resultSchema: defaultSchema,
  };
}

export function timestamptz(column: string): TimeField {
  return { column, keys: [], type: 'timestamptz', zone: 'UTC' };
}

/** Nodes and relationships of the default schema. */
export function defaultCypherGraph(place: CypherGraph['in']): CypherGraph {
  const time = (property: string) => ({
    property,
    type: place === 'neo4j' ? ('datetime' as const) : ('epoch_ms' as const),
  });
  const node = (label: string) => ({
    label,
    id: 'id',
    createdAt: time('created_at'),
    deprecatedAt: time('deprecated_at'),
  });
  return {
    in: place,
    groups: { by: 'property', property: 'group_id' },
    database: place === 'neo4j' ? 'neo4j' : 'knowledge',
    documents: node('Document'),
    entities: { ...node('Entity'), attached: [] },
    mentions: { type: 'MENTIONS', createdAt: time('created_at') },
    relations: {
      type: 'RELATES_TO',
      id: 'id',
      documents: 'document_id',
      createdAt: time('created_at'),
      deprecatedAt: time('deprecated_at'),
      weight: 'weight',
    },
    vectors: { ...node('Vector'), document: 'document_id', entity: 'entity_id' },
    results: { community: 'community', centrality: 'centrality' },
  };
}
