import type { CypherGraph, GraphTime, PostgresGraph } from '../domain/graph-mapping.ts';
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

/** Nodes and relationships of the default schema. FalkorDB has no date of its own with a zone: there it is milliseconds. */
export function defaultCypherGraph(where: CypherGraph['in']): CypherGraph {
  const time = (property: string): GraphTime => ({ property, type: where === 'neo4j' ? 'datetime' : 'epoch_ms' });
  const nodes = (label: string) => ({
    label,
    id: 'id',
    createdAt: time('created_at'),
    deprecatedAt: time('deprecated_at'),
  });
  return {
    in: where,
    groups: { by: 'property', property: 'group_id' },
    database: where === 'neo4j' ? 'neo4j' : 'knowledge',
    documents: nodes('Document'),
    entities: { ...nodes('Entity'), attached: [] },
    mentions: { type: 'MENTIONS', createdAt: time('created_at') },
    relations: {
      type: 'RELATES_TO',
      id: 'id',
      documents: 'document_id',
      createdAt: time('created_at'),
      deprecatedAt: time('deprecated_at'),
      weight: 'weight',
    },
    vectors: { ...nodes('Vector'), document: 'document_id', entity: 'entity_id' },
    results: { community: 'community', centrality: 'centrality' },
  };
}
