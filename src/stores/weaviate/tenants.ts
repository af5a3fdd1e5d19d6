import { z } from 'zod';
import type { WeaviateHttp } from './http-shape.ts';
import { read } from './read.ts';

const tenant = z.object({ name: z.string(), activityStatus: z.string().nullish() });

interface Place {
  readonly http: WeaviateHttp;
  readonly mapping: { readonly class: string };
}

/** The activity status of a tenant as Weaviate names it (`HOT`, `COLD` …); `null` where no tenant has the name. */
export async function tenantStatus(
  { http, mapping }: Place,
  name: string,
  signal?: AbortSignal,
): Promise<string | null> {
  // Any other name is no tenant's, and would be another path.
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return null;
  const answer = await http.call('GET', `/schema/${mapping.class}/tenants/${name}`, { signal, accept: [404] });
  return answer.status === 404 ? null : statusOf(read(tenant, answer.body, http.where));
}

/** Names of the tenants whose objects can be read, in order. */
export async function activeTenants({ http, mapping }: Place, signal?: AbortSignal): Promise<string[]> {
  const { body } = await http.call('GET', `/schema/${mapping.class}/tenants`, { signal });
  const tenants = read(z.array(tenant), body, http.where).filter((one) => isActive(statusOf(one)));
  return tenants.map(({ name }) => name).sort();
}

export function isActive(status: string): boolean {
  return status === 'ACTIVE' || status === 'HOT';
}

function statusOf({ activityStatus }: z.infer<typeof tenant>): string {
  return activityStatus ?? 'ACTIVE';
}
