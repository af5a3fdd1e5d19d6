import type { WeaviateClass } from '../../domain/mapping.ts';
import { EmptyScopeError, StoreError } from '../../domain/store-errors.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import type { WeaviateHttp } from './http-shape.ts';
import { type ClassSchema, refusedClass, requireSchema } from './schema.ts';
import { isActive, tenantStatus } from './tenants.ts';

/** Context of every operation on the class. */
export interface WeaviateContext {
  readonly http: WeaviateHttp;
  readonly mapping: WeaviateClass;
  /** Length every vector must have, where the configuration says so. */
  readonly dimensions: number | null;
  readonly timeoutMs: number;
}

export interface OpenClass extends WeaviateContext {
  readonly schema: ClassSchema;
  /** Whose objects are meant, in a multi-tenant class; `null` in any other. */
  readonly tenant: string | null;
}

/** Refuses a multi-tenant class: its objects are those of one tenant. */
export async function openClass(context: WeaviateContext, signal?: AbortSignal): Promise<OpenClass> {
  const schema = await requireSchema(context.http, context.mapping, signal);
  if (schema.multiTenant) throw refusedClass(context, 'is multi-tenant, which is not supported here');
  return { ...context, schema, tenant: null };
}

/** In a multi-tenant class a partition is a tenant. `null`: there is no such tenant. */
export async function openPartition(
  context: WeaviateContext,
  partition: string,
  signal?: AbortSignal,
): Promise<OpenClass | null> {
  const schema = await requireSchema(context.http, context.mapping, signal);
  if (!schema.multiTenant) return { ...context, schema, tenant: null };
  const status = await tenantStatus(context, partition, signal);
  if (status === null) return null;
  if (!isActive(status)) {
    throw refusedClass(context, `has a tenant of this partition that is ${status}: activate it`);
  }
  return { ...context, schema, tenant: partition };
}

/** The same for what is written: Coppice creates no tenant. */
export async function openForWriting(
  context: WeaviateContext,
  partition: string,
  signal?: AbortSignal,
): Promise<OpenClass> {
  const open = await openPartition(context, partition, signal);
  if (open === null) throw refusedClass(context, 'has no tenant of the name of this partition: create it');
  return open;
}

/** The part of a path's query that names the tenant, with its separator. */
export function tenantQuery({ tenant }: Pick<OpenClass, 'tenant'>, separator: '?' | '&'): string {
  return tenant === null ? '' : `${separator}tenant=${encodeURIComponent(tenant)}`;
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
