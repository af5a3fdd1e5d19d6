import { isLangGraphOwn, type LangGraphShape, langGraphShapeOf } from './langgraph.ts';
import { isJson, isVector, type LiveTable, typeOf } from './live-tables.ts';

/** Kind of a table, as far as its name and columns show it. */
export type Shape =
  | 'mem0'
  | 'mem0-own'
  | 'cognee'
  | 'langchain'
  | 'langchain-own'
  | 'llamaindex'
  | LangGraphShape
  | 'langgraph-own'
  | 'coppice'
  | 'coppice-own'
  | null;

export function shapeOf(table: LiveTable, all: readonly LiveTable[]): Shape {
  if (isCognee(table)) return 'cognee';
  if (isMem0(table)) return isMem0Own(table, all) ? 'mem0-own' : 'mem0';
  if (isLangchain(table)) return collectionsOf(table, all) === null ? null : 'langchain';
  if (table.name === langchainCollections && has(table, ['uuid', 'name', 'cmetadata'])) return 'langchain-own';
  if (isLlamaIndex(table)) return 'llamaindex';
  const langGraph = langGraphShapeOf(table);
  if (langGraph !== null) return langGraph;
  if (isLangGraphOwn(table, all)) return 'langgraph-own';
  if (isDefault(table)) return 'coppice';
  if (table.schema === defaultSchema && has(table, ['id', 'document_id', 'text', 'embedding'])) return 'coppice-own';
  return null;
}

const langchainCollections = 'langchain_pg_collection';
const defaultSchema = 'knowledge';

function has(table: LiveTable, columns: readonly string[]): boolean {
  return columns.every((name) => typeOf(table, name) !== null);
}

/** The columns that mem0 and cognee both give their tables of vectors. */
function isVectorPayload(table: LiveTable): boolean {
  return table.columns.length === 3 && typeOf(table, 'id') === 'uuid' && isVector(typeOf(table, 'vector'));
}

/** cognee names a table after a class and its field (`DocumentChunk_text`), and its payload is of type `json`. */
function isCognee(table: LiveTable): boolean {
  const payload = typeOf(table, 'payload');
  return (
    isVectorPayload(table) && isJson(payload) && (payload === 'json' || /^[A-Z][A-Za-z]*_[a-z_]+$/.test(table.name))
  );
}

function isMem0(table: LiveTable): boolean {
  return isVectorPayload(table) && typeOf(table, 'payload') === 'jsonb';
}

/** Of the same shape, and no memories: what mem0 counts its users in, and the entities that its memories name. */
function isMem0Own(table: LiveTable, all: readonly LiveTable[]): boolean {
  if (table.name === 'mem0migrations') return true;
  const [, memories] = /^(.+)_entities$/.exec(table.name) ?? [];
  return all.some((one) => one.schema === table.schema && one.name === memories && isMem0(one));
}

function isLangchain(table: LiveTable): boolean {
  return (
    table.name === 'langchain_pg_embedding' &&
    has(table, ['collection_id', 'document']) &&
    isVector(typeOf(table, 'embedding')) &&
    isJson(typeOf(table, 'cmetadata'))
  );
}

/** The table of LangChain's collections beside this one. */
function collectionsOf(table: LiveTable, all: readonly LiveTable[]): LiveTable | null {
  return all.find((one) => one.schema === table.schema && one.name === langchainCollections) ?? null;
}

function isLlamaIndex(table: LiveTable): boolean {
  return (
    table.name.startsWith('data_') &&
    has(table, ['id', 'text', 'node_id']) &&
    isVector(typeOf(table, 'embedding')) &&
    isJson(typeOf(table, 'metadata_'))
  );
}

function isDefault(table: LiveTable): boolean {
  return table.schema === defaultSchema && has(table, ['id', 'workspace', 'content_hash', 'fetched_at', 'expires_at']);
}
