/** Names that applications give the text of a row, the most telling first. */
export const textNames = ['content', 'text', 'document', 'page_content', 'body', 'chunk', 'chunk_text', 'memory'];

/** Names of fields that tell whose a row is. */
export const scopeNames = [
  'user_id',
  'owner_id',
  'tenant_id',
  'workspace_id',
  'workspace',
  'namespace',
  'organization_id',
  'collection_id',
];

/** Names of fields that tell which row of a table a vector belongs to. */
export const documentNames = ['document_id', 'ref_doc_id', 'doc_id', 'documentId', 'source_id'];
