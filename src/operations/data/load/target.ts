import type { CollectionParts, Parts } from '../../../assemble.ts';
import { kindOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { OperationError } from '../../errors.ts';
import { type BatchWriter, tableWriter } from './batch-writer.ts';
import { weaviateWriter } from './weaviate-writer.ts';

/** Documents are loaded into Coppice's own tables only: how an application fills its own is the application's affair. */
export class NotLoadableError extends OperationError {
  constructor(message: string, hint: string) {
    super('usage', 'NotLoadableError', message, hint);
  }
}

export interface LoadTarget {
  readonly mapping: CollectionMapping;
  readonly keepsVectors: boolean;
  readonly writer: BatchWriter;
}

/** Where documents go. Nothing is guessed: without a name there must be one collection they can mean. */
export async function loadTarget(parts: Parts, name: string | undefined): Promise<LoadTarget> {
  const found = choose(parts, name);
  const { mapping } = found.store;
  const reason = whyNot(mapping);
  if (reason !== null)
    throw new NotLoadableError(`collection '${mapping.name}' cannot be loaded: ${reason}`, hint(parts));
  // Says what is missing, before the first line is read.
  await found.store.open(parts.db);
  return { mapping, keepsVectors: mapping.vectors.in !== 'none', writer: writerOf(parts, found) };
}

function choose({ collections, ...parts }: Parts, name: string | undefined): CollectionParts {
  const loadable = collections.filter(({ store }) => whyNot(store.mapping) === null);
  const named = collections.find(({ store }) => store.mapping.name === name);
  const standard = loadable.find(({ store }) => store.mapping.name === 'documents');
  const only = loadable.length === 1 ? loadable[0] : standard;
  const chosen = name === undefined ? (only ?? (collections.length === 1 ? collections[0] : undefined)) : named;
  if (chosen !== undefined) return chosen;
  const what = name === undefined ? 'no collection is named' : `there is no collection '${name}'`;
  throw new NotLoadableError(what, hint({ collections, ...parts }));
}

function whyNot(mapping: CollectionMapping): string | null {
  const { mapped, vectors, table } = mapping;
  if (kindOf(mapping) !== 'documents') return `it holds ${kindOf(mapping)}, not documents`;
  if (mapped) return "its table is the application's own";
  if (vectors.in === 'row') return 'its vectors are a column that the default schema does not have';
  if (vectors.in === 'table' && vectors.table.schema !== table.schema)
    return "its chunks are in the application's table";
  return null;
}

function hint({ collections }: Parts): string {
  const names = collections
    .filter(({ store }) => whyNot(store.mapping) === null)
    .map(({ store }) => store.mapping.name);
  return names.length > 0
    ? `Collections of the default schema are: ${names.join(', ')}.`
    : 'Add a collection without a `table` to the configuration: it gets tables of its own in schema knowledge.';
}

function writerOf({ db }: Parts, { store: { mapping }, vectors }: CollectionParts): BatchWriter {
  if (mapping.vectors.in !== 'weaviate') return tableWriter(db, mapping);
  if (vectors === null)
    throw new NotLoadableError(`collection '${mapping.name}' has no vector store`, 'Set WEAVIATE_URL.');
  return weaviateWriter(db, mapping, mapping.vectors, vectors);
}
