import type { VectorImage } from '../../domain/vector-image.ts';
/**
 * A store of vectors outside the transaction of the rows. Every method takes an explicit scope: an empty list of
 * documents or of images is an error (`EmptyScopeError`), never "all".
 */
export interface VectorStore {
  /** Where this is, for messages: `weaviate class DocumentChunk at http://…`. Never carries credentials. */
  readonly description: string;

  /** Resolves when the store answers; rejects with a `StoreError` that says what to do. */
  probe(signal?: AbortSignal): Promise<void>;

  /** Creates the collection of the default schema when it is missing; never alters one that exists. */
  ensure(): Promise<void>;

  /** Every object of these documents, whole. Complete or an error: never a page cut short in silence. */
  fetch(scope: VectorScope, signal?: AbortSignal): Promise<VectorImage[]>;

  /** Writes objects, replacing those of the same id; when it resolves they can be read and searched. */
  put(partition: string, images: readonly VectorImage[], signal?: AbortSignal): Promise<void>;

  /**
   * Puts objects back that were removed. An object that exists with the same content counts as restored; one that
   * exists with other content stays, and its id is returned in `superseded`. `inserted` lists those that were absent,
   * so that the caller can take back exactly what it inserted.
   */
  restore(
    partition: string,
    images: readonly VectorImage[],
    signal?: AbortSignal,
  ): Promise<{ inserted: string[]; superseded: string[] }>;

  /**
   * Removes exactly these objects as they were read: one that was written since stays where the store can tell
   * (`revision`), and one that is gone already is fine. Reads back before it resolves; returns the ids that still
   * stand because they changed.
   */
  remove(partition: string, images: readonly VectorImage[], signal?: AbortSignal): Promise<{ changed: string[] }>;

  /** All objects, a page of at most `limit` at a time. */
  pages(limit: number, signal?: AbortSignal): AsyncIterable<readonly ListedVector[]>;

  close(): Promise<void>;
}

export interface VectorScope {
  readonly partition: string;
  readonly documentIds: readonly string[];
}

export interface ListedVector {
  readonly id: string;
  readonly documentId: string;
  readonly partition: string | null;
}

/** The first few of the store's objects. */
export async function firstObjects(
  { pages }: Pick<VectorStore, 'pages'>,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly ListedVector[]> {
  for await (const page of pages(limit, signal)) if (page.length > 0) return page;
  return [];
}
