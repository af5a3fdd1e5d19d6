import type { WeaviateClass } from '../../domain/mapping.ts';
import type { WeaviateContext } from './context.ts';
import { fromStatus } from './errors.ts';
import { readSchema, requireSchema } from './schema.ts';

export function ensureClass(context: WeaviateContext): Promise<void> {
  return ensureClassOf(context, 'Chunks of documents with their vectors, kept by Coppice', ofChunks(context.mapping));
}

/** Two processes may do this at once: the server creates one class, and tells the other that it exists. */
export async function ensureClassOf(
  { http, mapping }: WeaviateContext,
  description: string,
  properties: readonly object[],
): Promise<void> {
  if (!(await readSchema(http, mapping.class))) {
    const body = {
      class: mapping.class,
      description,
      vectorizer: 'none',
      vectorIndexType: 'hnsw',
      vectorIndexConfig: { distance: 'cosine' },
      // Lets a delete be conditional; it cannot be added to a class later.
      invertedIndexConfig: { indexTimestamps: true },
      properties,
    };
    const answer = await http.call('POST', '/schema', { body, accept: [422] });
    if (answer.status === 422 && !(await readSchema(http, mapping.class))) {
      throw fromStatus(http.where, answer.status, answer.body);
    }
  }
  await requireSchema(http, mapping);
}

function ofChunks(mapping: WeaviateClass): object[] {
  const ids = [mapping.document, mapping.workspace, mapping.chunk].filter((name) => name !== null);
  return [
    ...ids.map(exactText),
    { name: mapping.text, dataType: ['text'], tokenization: 'word', indexFilterable: false, indexSearchable: true },
  ];
}

/** `field` tokenization makes filters on ids exact; it cannot be given to a property later. */
export function exactText(name: string): object {
  return { name, dataType: ['text'], tokenization: 'field', indexFilterable: true, indexSearchable: false };
}
