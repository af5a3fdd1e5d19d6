import type { ChildSettings, CollectionSettings } from './collection-schema.ts';
import type { PresetName } from './preset-names.ts';

/** Schemas of well-known applications. Settings beside a preset override it. */
export const presets: Readonly<Record<PresetName, (schema: string) => CollectionSettings>> = {
  /** mem0 on pgvector: a row is a memory; all but id and vector is inside `payload`. */
  mem0: (schema) => ({
    kind: 'memories',
    table: `${schema}.mem0`,
    id: 'id',
    workspace: { path: 'payload.user_id' },
    bot: { path: 'payload.agent_id' },
    session: { path: 'payload.run_id' },
    created_at: { path: 'payload.created_at', type: 'iso_text' },
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
  /** LangGraph's PostgresStore with an index: a row is an item, its vectors are rows of `store_vectors`. */
  langgraph_store: (schema) => ({
    kind: 'memories',
    created_at: 'created_at',
    table: `${schema}.store`,
    id: ['prefix', 'key'],
    workspace: 'prefix',
    expires_at: 'expires_at',
    fetched_at: 'updated_at',
    children: [
      {
        ...{ table: `${schema}.store_vectors`, id: ['prefix', 'key', 'field_name'], vector: 'embedding' },
        parent: { prefix: 'prefix', key: 'key' },
      },
    ],
  }),
  /** Letta's archival memory: a row is a passage with its vector, and belongs to an archive. */
  letta_passages: (schema) => ({
    kind: 'memories',
    table: `${schema}.archival_passages`,
    id: 'id',
    workspace: 'archive_id',
    content: 'text',
    created_at: 'created_at',
    fetched_at: 'created_at',
    filter: { is_deleted: 'false' },
    vectors: { in: 'row', column: 'embedding' },
  }),
  /**
   * LangGraph's PostgresSaver: a row is a checkpoint, and a thread is due when all its checkpoints are. Blobs belong to a
   * thread and its namespace, since checkpoints share them.
   */
  langgraph_checkpoints: (schema) => ({
    table: `${schema}.checkpoints`,
    id: ['thread_id', 'checkpoint_ns', 'checkpoint_id'],
    document: 'thread_id',
    workspace: 'thread_id',
    expires_at: null,
    fetched_at: { path: 'checkpoint.ts', type: 'iso_text' },
    children: [
      {
        table: `${schema}.checkpoint_writes`,
        id: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'task_id', 'idx'],
        parent: { thread_id: 'thread_id', checkpoint_ns: 'checkpoint_ns', checkpoint_id: 'checkpoint_id' },
      },
      sharedBlobs(schema),
    ],
  }),
};

function sharedBlobs(schema: string): ChildSettings {
  return {
    table: `${schema}.checkpoint_blobs`,
    id: ['thread_id', 'checkpoint_ns', 'channel', 'version'],
    parent: { thread_id: 'thread_id', checkpoint_ns: 'checkpoint_ns' },
  };
}
