import { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';
import { fromMessage } from './errors.ts';
import type { WeaviateHttp } from './http-shape.ts';
import { PAGE_OBJECTS } from './query.ts';
import { read } from './read.ts';

/** Read-only looks at classes that nobody has mapped. */

const classesAnswer = z.object({
  classes: z
    .array(
      z.object({
        class: z.string(),
        properties: z.array(z.object({ name: z.string(), dataType: z.array(z.string()) })).nullish(),
        multiTenancyConfig: z.object({ enabled: z.boolean().nullish() }).nullish(),
      }),
    )
    .nullish(),
});

export interface CensusClass {
  readonly name: string;
  /** Types of its properties, by name. */
  readonly properties: ReadonlyMap<string, string>;
  readonly multiTenant: boolean;
}

export async function readClasses(http: WeaviateHttp, signal?: AbortSignal): Promise<CensusClass[]> {
  const { body } = await http.call('GET', '/schema', { signal });
  const { classes } = read(classesAnswer, body, http.where);
  return (classes ?? [])
    .map(({ class: name, properties, multiTenancyConfig }) => ({
      name,
      properties: new Map((properties ?? []).map((one) => [one.name, one.dataType[0] ?? 'unknown'])),
      multiTenant: multiTenancyConfig?.enabled ?? false,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

const countAnswer = z.object({
  errors: z.array(z.object({ message: z.string() })).nullish(),
  data: z
    .object({
      Aggregate: z.record(z.string(), z.array(z.object({ meta: z.object({ count: z.number() }) })).nullable()),
    })
    .nullish(),
});

export async function countObjects(
  http: WeaviateHttp,
  { name }: CensusClass,
  tenant: string | null,
  signal?: AbortSignal,
): Promise<number> {
  const owner = tenant === null ? '' : `(tenant:${JSON.stringify(tenant)})`;
  const query = `{Aggregate{${name}${owner}{meta{count}}}}`;
  const { body } = await http.call('POST', '/graphql', { body: { query }, signal });
  const { data, errors } = read(countAnswer, body, http.where);
  const [error] = errors ?? [];
  if (error) throw fromMessage(http.where, error.message);
  const count = data?.Aggregate[name]?.[0]?.meta.count;
  if (count === undefined) throw new StoreError('WeaviateError', `${http.where} answered a count without a result`);
  return count;
}

const vector = z.array(z.unknown());
const pageAnswer = z.object({
  objects: z
    .array(
      z.object({
        id: z.string(),
        creationTimeUnix: z.number().nullish(),
        properties: z.record(z.string(), z.unknown()).nullish(),
        vector: vector.nullish(),
        vectors: z.record(z.string(), vector).nullish(),
      }),
    )
    .nullish(),
});

export interface CensusObject {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number | null;
  /** `null`: the vectors were not asked for. */
  readonly hasVector: boolean | null;
}

interface PageOptions {
  readonly tenant: string | null;
  readonly after: string | null;
  readonly withVectors: boolean;
  readonly signal?: AbortSignal;
}

/** A page of the cursor, in the order of the ids. */
export async function readCensusPage(http: WeaviateHttp, { name }: CensusClass, options: PageOptions) {
  const { tenant, after, withVectors, signal } = options;
  const limit = withVectors ? PAGE_OBJECTS / 4 : PAGE_OBJECTS;
  const query = new URLSearchParams({ class: name, limit: String(limit), after: after ?? '' });
  if (tenant !== null) query.set('tenant', tenant);
  if (withVectors) query.set('include', 'vector');
  const { body } = await http.call('GET', `/objects?${query}`, { signal });
  const found = read(pageAnswer, body, http.where).objects ?? [];
  const objects = found.map(
    ({ properties, creationTimeUnix, vector: own, vectors }): CensusObject => ({
      properties: properties ?? {},
      createdAtMs: creationTimeUnix ?? null,
      hasVector: withVectors ? [own ?? [], ...Object.values(vectors ?? {})].some((one) => one.length > 0) : null,
    }),
  );
  return { objects, next: found.length < limit ? null : (found.at(-1)?.id ?? null) };
}
