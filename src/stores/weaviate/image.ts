import { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import type { OpenClass } from './context.ts';
import { read } from './read.ts';

/** The name the port gives to a single unnamed vector. */
const UNNAMED = 'default';

const stored = z.object({
  id: z.string(),
  lastUpdateTimeUnix: z.number(),
  properties: z.record(z.string(), z.unknown()).nullish(),
  vector: z.unknown().optional(),
  vectors: z.record(z.string(), z.unknown()).nullish(),
});

/** A REST object as an image. */
export function toImage(open: OpenClass, body: unknown): VectorImage {
  const found = read(stored, body, open.http.where);
  const vectors: Record<string, readonly number[]> = {};
  for (const [name, vector] of Object.entries(found.vectors ?? {})) setVector(vectors, name, vector, found.id);
  setVector(vectors, UNNAMED, found.vector, found.id);
  const properties = found.properties ?? {};
  return {
    id: found.id,
    documentId: String(properties[open.mapping.document] ?? ''),
    properties,
    vectors,
    revision: String(found.lastUpdateTimeUnix),
  };
}

/** Vectors of an object that has the one unnamed vector, or none. */
export function namedVectors(vector: readonly number[] | null): VectorImage['vectors'] {
  return vector === null ? {} : { [UNNAMED]: vector };
}

/** The body that writes an image. */
export function toObject(open: OpenClass, image: VectorImage): Record<string, unknown> {
  const named = new Set(open.schema.vectorNames);
  const vectors = Object.entries(image.vectors).filter(([name]) => named.has(name));
  const unnamed = named.has(UNNAMED) ? undefined : image.vectors[UNNAMED];
  const lost = Object.keys(image.vectors).filter((name) => !named.has(name) && name !== UNNAMED);
  if (lost.length > 0) {
    throw new StoreError('StoreRefusedError', `class ${open.mapping.class} has no vector named ${lost.join(', ')}`);
  }
  return {
    class: open.mapping.class,
    ...(open.tenant === null ? {} : { tenant: open.tenant }),
    id: image.id,
    properties: image.properties,
    ...(unnamed ? { vector: unnamed } : {}),
    ...(vectors.length > 0 ? { vectors: Object.fromEntries(vectors) } : {}),
  };
}

/** The server writes a float32 in its shortest decimal form; rounding gives back the very same 32 bits. */
function setVector(into: Record<string, readonly number[]>, name: string, vector: unknown, id: string): void {
  if (vector === null || vector === undefined || (Array.isArray(vector) && vector.length === 0)) return;
  if (!Array.isArray(vector)) throw new StoreError('WeaviateError', `vector ${name} of object ${id} is no list`);
  into[name] = vector.map((component: unknown) => {
    if (typeof component === 'number') return Math.fround(component);
    const several = 'a multi-vector (one for each token), which is not supported';
    throw new StoreError('StoreRefusedError', `vector ${name} of object ${id} is ${several}`);
  });
}
