import { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import { type OpenClass, tenantQuery } from './context.ts';
import { toImage } from './image.ts';
import { read } from './read.ts';

const list = z.object({ objects: z.array(z.unknown()).nullish() });

/**
 * Refuses what the class cannot take, before anything is written: Weaviate checks object by object and would keep the
 * first half of a batch, and its auto-schema would add unknown properties to the application's class.
 */
export async function requireFit(open: OpenClass, images: readonly VectorImage[], signal?: AbortSignal) {
  const expected = await knownLengths(open, signal);
  for (const image of images) {
    for (const name of Object.keys(image.properties)) {
      if (!open.schema.properties.has(name)) throw refused(open, `object ${image.id} has an unknown property ${name}`);
    }
    for (const [name, vector] of Object.entries(image.vectors)) {
      if (!vector.every(Number.isFinite))
        throw refused(open, `object ${image.id} has a vector that is not all numbers`);
      const length = expected.get(name) ?? open.dimensions ?? vector.length;
      expected.set(name, length);
      if (vector.length === length) continue;
      throw refused(open, `object ${image.id} has a vector ${name} of ${vector.length} dimensions, not ${length}`);
    }
  }
}

/** The lengths of one object that stands: Weaviate keeps to those of the first it was given. */
async function knownLengths(open: OpenClass, signal?: AbortSignal): Promise<Map<string, number>> {
  const path = `/objects?class=${open.mapping.class}&limit=1&include=vector${tenantQuery(open, '&')}`;
  const { body } = await open.http.call('GET', path, { signal });
  const [first] = read(list, body, open.http.where).objects ?? [];
  if (first === undefined) return new Map();
  return new Map(Object.entries(toImage(open, first).vectors).map(([name, vector]) => [name, vector.length]));
}

function refused(open: OpenClass, problem: string): StoreError {
  return new StoreError('StoreRefusedError', `nothing was written to class ${open.mapping.class}: ${problem}`);
}
