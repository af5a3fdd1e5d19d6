import { z } from 'zod';
import type { VectorPage } from '../ports/vector-store.ts';
import type { OpenClass } from './context.ts';
import { PAGE_OBJECTS } from './query.ts';
import { read } from './read.ts';

const list = z.object({
  objects: z.array(z.object({ id: z.string(), properties: z.record(z.string(), z.unknown()).nullish() })).nullish(),
});

export interface ListedObject {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** One page of the cursor, in the order of the ids. The cursor takes no filter, so it lists the whole class. */
export async function listObjects(
  { mapping, http }: Pick<OpenClass, 'http'> & { readonly mapping: { readonly class: string } },
  after: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<{ readonly objects: readonly ListedObject[]; readonly next: string | null }> {
  const size = Math.max(1, Math.min(limit, PAGE_OBJECTS));
  // The parameter is sent even when empty: without it the list is not the cursor's.
  const path = `/objects?class=${mapping.class}&limit=${size}&after=${encodeURIComponent(after ?? '')}`;
  const { body } = await http.call('GET', path, { signal });
  const found = read(list, body, http.where).objects ?? [];
  const objects = found.map(({ id, properties }) => ({ id, properties: properties ?? {} }));
  return { objects, next: found.length < size ? null : (found.at(-1)?.id ?? null) };
}

export async function listPage(
  open: OpenClass,
  after: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<VectorPage> {
  const { mapping } = open;
  const { objects, next } = await listObjects(open, after, limit, signal);
  const named = objects.map(({ id, properties }) => {
    const workspace = mapping.workspace === null ? null : properties[mapping.workspace];
    return {
      id,
      documentId: String(properties[mapping.document] ?? ''),
      partition: workspace === null || workspace === undefined ? null : String(workspace),
    };
  });
  return { objects: named, next };
}
