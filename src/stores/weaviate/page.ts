import { z } from 'zod';
import type { WeaviateClass } from '../../domain/mapping.ts';
import type { ListedVector } from '../ports/vector-store.ts';
import { type OpenClass, tenantQuery, type WeaviateContext } from './context.ts';
import { PAGE_OBJECTS } from './query.ts';
import { read } from './read.ts';
import { requireSchema } from './schema.ts';
import { activeTenants } from './tenants.ts';

const list = z.object({
  objects: z.array(z.object({ id: z.string(), properties: z.record(z.string(), z.unknown()).nullish() })).nullish(),
});

export interface ListedObject {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** One page of the cursor, in the order of the ids. The cursor takes no filter, so it lists the whole class. */
export async function listObjects(
  { mapping, http, tenant }: Pick<OpenClass, 'http' | 'tenant'> & { readonly mapping: { readonly class: string } },
  after: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<{ readonly objects: readonly ListedObject[]; readonly next: string | null }> {
  const size = Math.max(1, Math.min(limit, PAGE_OBJECTS));
  // The parameter is sent even when empty: without it the list is not the cursor's.
  const path = `/objects?class=${mapping.class}&limit=${size}&after=${encodeURIComponent(after ?? '')}${tenantQuery({ tenant }, '&')}`;
  const { body } = await http.call('GET', path, { signal });
  const found = read(list, body, http.where).objects ?? [];
  const objects = found.map(({ id, properties }) => ({ id, properties: properties ?? {} }));
  return { objects, next: found.length < size ? null : (found.at(-1)?.id ?? null) };
}

/** All objects, a page at a time. Of a multi-tenant class tenant after tenant: which there are is asked once. */
export async function* listPages(
  context: WeaviateContext,
  limit: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly ListedVector[]> {
  const { multiTenant } = await requireSchema(context.http, context.mapping, signal);
  for (const tenant of multiTenant ? await activeTenants(context, signal) : [null]) {
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof listObjects>> = await listObjects(
        { ...context, tenant },
        after,
        limit,
        signal,
      );
      yield page.objects.map((object) => listedIn(context.mapping, tenant, object));
      after = page.next;
      if (after === null) break;
    }
  }
}

function listedIn(mapping: WeaviateClass, tenant: string | null, { id, properties }: ListedObject): ListedVector {
  const workspace = mapping.workspace === null ? tenant : properties[mapping.workspace];
  return {
    id,
    documentId: String(properties[mapping.document] ?? ''),
    partition: workspace === null || workspace === undefined ? null : String(workspace),
  };
}
