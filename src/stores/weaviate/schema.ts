import { z } from 'zod';
import type { WeaviateClass } from '../../domain/mapping.ts';
import { StoreError } from '../../domain/store-errors.ts';
import type { WeaviateHttp } from './http-shape.ts';
import { read } from './read.ts';

const property = z.object({
  name: z.string(),
  dataType: z.array(z.string()),
  tokenization: z.string().optional(),
  indexFilterable: z.boolean().nullish(),
  indexSearchable: z.boolean().nullish(),
});

const schemaAnswer = z.object({
  class: z.string(),
  properties: z.array(property).nullish(),
  vectorConfig: z.record(z.string(), z.unknown()).nullish(),
  invertedIndexConfig: z.object({ indexTimestamps: z.boolean().nullish() }).nullish(),
  multiTenancyConfig: z.object({ enabled: z.boolean().nullish() }).nullish(),
  replicationConfig: z.object({ factor: z.number().nullish() }).nullish(),
});

export type ClassProperty = z.infer<typeof property>;

/** The parts of the class's schema that Coppice uses, as the server has it. */
export interface ClassSchema {
  readonly properties: ReadonlyMap<string, ClassProperty>;
  /** Names of its named vectors; empty where it has the one unnamed vector. */
  readonly vectorNames: readonly string[];
  /** Only then can the server compare when an object was last written. */
  readonly indexTimestamps: boolean;
  readonly multiTenant: boolean;
  /** Several replicas: reads must ask for a quorum. */
  readonly replicated: boolean;
}

/** `null` when the class does not exist. */
export async function readSchema(http: WeaviateHttp, className: string, signal?: AbortSignal) {
  const answer = await http.call('GET', `/schema/${className}`, { signal, accept: [404] });
  if (answer.status === 404) return null;
  const found = read(schemaAnswer, answer.body, http.where);
  const schema: ClassSchema = {
    properties: new Map((found.properties ?? []).map((each) => [each.name, each])),
    vectorNames: Object.keys(found.vectorConfig ?? {}),
    indexTimestamps: found.invertedIndexConfig?.indexTimestamps ?? false,
    multiTenant: found.multiTenancyConfig?.enabled ?? false,
    replicated: (found.replicationConfig?.factor ?? 1) > 1,
  };
  return schema;
}

/**
 * Every operation reads the schema first. On a class that is missing, Weaviate's auto-schema would create one from
 * the first object written, and a misspelt name would pass for an empty class.
 */
export async function requireSchema(http: WeaviateHttp, mapping: WeaviateClass, signal?: AbortSignal) {
  const schema = await readSchema(http, mapping.class, signal);
  if (!schema) throw refusedClass({ http, mapping }, 'does not exist: check the mapping, or create it');
  for (const name of [mapping.document, mapping.workspace]) {
    if (name !== null && !schema.properties.has(name)) throw refusedClass({ http, mapping }, `has no property ${name}`);
  }
  return schema;
}

export function refusedClass(
  { http, mapping }: { readonly http: WeaviateHttp; readonly mapping: WeaviateClass },
  problem: string,
): StoreError {
  return new StoreError('StoreRefusedError', `class ${mapping.class} of ${http.where} ${problem}`);
}

/** Names go into paths and GraphQL text as they are, so they must be what Weaviate allows and nothing else. */
export function requireNames(mapping: WeaviateClass, more: readonly string[] = []): void {
  if (!/^[A-Z][_0-9A-Za-z]{0,255}$/.test(mapping.class)) {
    throw new StoreError('StoreRefusedError', 'the mapped Weaviate class is no class name: capital first, no spaces');
  }
  for (const name of [mapping.document, mapping.workspace, mapping.chunk, mapping.text, ...more]) {
    if (name !== null && !/^[_A-Za-z][_0-9A-Za-z]{0,230}$/.test(name)) {
      throw new StoreError('StoreRefusedError', `a mapped property of Weaviate class ${mapping.class} is no name`);
    }
  }
}
