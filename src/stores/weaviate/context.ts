import type { WeaviateClass } from '../../domain/mapping.ts';
import { EmptyScopeError, StoreError } from '../ports/errors.ts';
import type { VectorImage } from '../ports/vector-store.ts';
import type { WeaviateHttp } from './http.ts';
import { type ClassSchema, requireSchema } from './schema.ts';

/** What every operation on the class works with. */
export interface WeaviateContext {
  readonly http: WeaviateHttp;
  readonly mapping: WeaviateClass;
  /** Length every vector must have, where the configuration says so. */
  readonly dimensions: number | null;
  readonly timeoutMs: number;
}

export interface OpenClass extends WeaviateContext {
  readonly schema: ClassSchema;
}

export async function openClass(context: WeaviateContext, signal?: AbortSignal): Promise<OpenClass> {
  return { ...context, schema: await requireSchema(context.http, context.mapping, signal) };
}

export function requirePartition(partition: string): void {
  if (partition === '') throw new EmptyScopeError('the partition');
}

/** As Weaviate gives ids back, whatever case they were written in. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Images name their workspace themselves; one of another workspace must never ride along. */
export function requireImages(mapping: WeaviateClass, partition: string, images: readonly VectorImage[]): void {
  requirePartition(partition);
  if (images.length === 0) throw new EmptyScopeError('the list of images');
  for (const image of images) {
    if (!UUID.test(image.id)) {
      throw new StoreError('StoreRefusedError', `object id ${image.id.slice(0, 40)} is no uuid in lower case`);
    }
    const workspace = mapping.workspace === null ? partition : image.properties[mapping.workspace];
    if (String(workspace) !== partition || String(image.properties[mapping.document]) !== image.documentId) {
      throw new StoreError(
        'StoreRefusedError',
        `object ${image.id} does not belong to the given partition, or names another document than its properties do`,
      );
    }
  }
}
