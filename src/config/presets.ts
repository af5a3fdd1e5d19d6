import type { CollectionSettings } from './collection-schema.ts';
import type { PresetName } from './preset-names.ts';

/**
 * How applications that others know too keep their data, in the schema of their tables. What `coppice.yaml` says besides a
 * preset stands over it.
 */
export const presets: Readonly<Record<PresetName, (schema: string) => CollectionSettings>> = {
  /** mem0 on pgvector: a row is a memory; all but id and vector is inside `payload`. */
  mem0: (schema) => ({
    table: `${schema}.mem0`,
    id: 'id',
    workspace: { path: 'payload.user_id' },
    expires_at: { path: 'payload.expiration_date', type: 'date' },
    fetched_at: { path: 'payload.created_at', type: 'iso_text' },
    content: { path: 'payload.data' },
    content_hash: { path: 'payload.hash' },
    vectors: { in: 'row', column: 'vector' },
  }),
  /** LangChain's PGVector: a row is a chunk with its vector; its document and its dates are keys of `cmetadata`. */
  langchain: (schema) => ({
    table: `${schema}.langchain_pg_embedding`,
    id: 'id',
    document: { path: 'cmetadata.source' },
    workspace: {
      column: 'collection_id',
      through: { table: `${schema}.langchain_pg_collection`, key: 'uuid', value: 'name' },
    },
    expires_at: { path: 'cmetadata.expires_at', type: 'iso_text' },
    content: 'document',
    vectors: { in: 'row', column: 'embedding' },
  }),
  /**
   * LlamaIndex's PGVectorStore: a row is a chunk with its vector. It names no owner: the kind of node, which every row has,
   * makes the table one partition.
   */
  llamaindex: (schema) => ({
    table: `${schema}.data_llamaindex`,
    id: 'id',
    document: { path: 'metadata_.ref_doc_id' },
    workspace: { path: 'metadata_._node_type' },
    expires_at: { path: 'metadata_.expires_at', type: 'iso_text' },
    content: 'text',
    vectors: { in: 'row', column: 'embedding' },
  }),
};
