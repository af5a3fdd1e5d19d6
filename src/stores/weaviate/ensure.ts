import type { WeaviateClass } from '../../domain/mapping.ts';
import type { WeaviateContext } from './context.ts';
import { fromStatus } from './errors.ts';
import { readSchema, requireSchema } from './schema.ts';

/** Two processes may do this at once: the server creates one class, and tells the other that it exists. */
export async function ensureClass({ http, mapping }: WeaviateContext): Promise<void> {
  if (!(await readSchema(http, mapping.class))) {
    const answer = await http.call('POST', '/schema', { body: defaultClass(mapping), accept: [422] });
    if (answer.status === 422 && !(await readSchema(http, mapping.class))) {
      throw fromStatus(http.where, answer.status, answer.body);
    }
  }
  await requireSchema(http, mapping);
}

/**
 * `field` tokenization makes filters on ids exact; the index of timestamps lets a delete be conditional. Neither can
 * be added to a class later.
 */
function defaultClass(mapping: WeaviateClass): Record<string, unknown> {
  const ids = [mapping.document, mapping.workspace, mapping.chunk].filter((name) => name !== null);
  return {
    class: mapping.class,
    description: 'Chunks of documents with their vectors, kept by Coppice',
    vectorizer: 'none',
    vectorIndexType: 'hnsw',
    vectorIndexConfig: { distance: 'cosine' },
    invertedIndexConfig: { indexTimestamps: true },
    properties: [
      ...ids.map((name) => ({
        name,
        dataType: ['text'],
        tokenization: 'field',
        indexFilterable: true,
        indexSearchable: false,
      })),
      { name: mapping.text, dataType: ['text'], tokenization: 'word', indexFilterable: false, indexSearchable: true },
    ],
  };
}
