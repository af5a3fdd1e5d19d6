import { z } from 'zod';
import type { WeaviateClass } from '../../domain/mapping.ts';
import type { VectorPage } from '../ports/vector-store.ts';
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

/** Of a multi-tenant class tenant after tenant: the cursor then names the tenant, and where in its objects the page ended. */
export async function listPage(
  context: WeaviateContext,
  after: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<VectorPage> {
  const schema = await requireSchema(context.http, context.mapping, signal);
  if (!schema.multiTenant)
    return toPage(context.mapping, null, await listObjects({ ...context, tenant: null }, after, limit, signal));
  const [reached = '', id = ''] = after?.split('/') ?? [];
  const tenants = (await activeTenants(context, signal)).filter((name) => name >= reached);
  const [tenant, following] = tenants;
  if (tenant === undefined) return { objects: [], next: null };
  const page = await listObjects({ ...context, tenant }, tenant === reached ? id : null, limit, signal);
  const next = page.next === null ? following && `${following}/` : `${tenant}/${page.next}`;
  return toPage(context.mapping, tenant, { ...page, next: next ?? null });
}

function toPage(
  mapping: WeaviateClass,
  tenant: string | null,
  { objects, next }: { readonly objects: readonly ListedObject[]; readonly next: string | null },
): VectorPage {
  const named = objects.map(({ id, properties }) => {
    const workspace = mapping.workspace === null ? tenant : properties[mapping.workspace];
    return {
      id,
      documentId: String(properties[mapping.document] ?? ''),
      partition: workspace === null || workspace === undefined ? null : String(workspace),
    };
  });
  return { objects: named, next };
}
