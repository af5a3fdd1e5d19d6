import type { VectorImage } from '../../domain/vector-image.ts';
import type { NewChunk, Replacement } from '../../stores/ports/refresh-table.ts';

/** Chunks of one document, for a store to name its objects. */
export interface Chunked {
  readonly partition: string;
  readonly documentId: string;
  readonly hash: string;
  readonly chunks: readonly NewChunk[];
}

/**
 * A document's new objects. Values in further properties of the application are kept where all old objects agree: a
 * page's title or address, and not a chunk's place in it.
 */
export function newImages(
  images: (chunked: Chunked) => VectorImage[],
  partition: string,
  documentId: string,
  page: NonNullable<Replacement['page']>,
  old: readonly VectorImage[],
): VectorImage[] {
  const common = commonProperties(old);
  return images({ partition, documentId, hash: page.hash, chunks: page.chunks ?? [] }).map((image) => ({
    ...image,
    properties: { ...common, ...image.properties },
  }));
}

function commonProperties([first, ...others]: readonly VectorImage[]): Record<string, unknown> {
  const entries = Object.entries(first?.properties ?? {});
  return Object.fromEntries(
    entries.filter(([name, value]) => {
      const text = JSON.stringify(value);
      return others.every((image) => JSON.stringify(image.properties[name]) === text);
    }),
  );
}
