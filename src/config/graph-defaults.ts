import type { PostgresGraph } from '../domain/graph-mapping.ts';
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
