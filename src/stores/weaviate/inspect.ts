import type { WeaviateClass } from '../../domain/mapping.ts';
import { createWeaviateHttp, type WeaviateAddress } from './http.ts';
import { type ClassProperty, readSchema, requireNames } from './schema.ts';

export interface InspectWeaviateOptions extends WeaviateAddress {
  readonly mapping: WeaviateClass;
}

/** What is wrong with a mapped class, in plain sentences; empty when all is well. Rejects when Weaviate cannot say. */
export async function inspectWeaviateClass(options: InspectWeaviateOptions, signal?: AbortSignal): Promise<string[]> {
  const { mapping } = options;
  requireNames(mapping);
  const schema = await readSchema(createWeaviateHttp(options), mapping.class, signal);
  const name = `Weaviate class ${mapping.class}`;
  if (!schema) return [`${name} does not exist.`];
  const problems: string[] = [];
  if (schema.multiTenant) problems.push(`${name} is multi-tenant, which is not supported: its jobs are refused.`);
  if (!schema.indexTimestamps) {
    problems.push(
      `${name} has no invertedIndexConfig.indexTimestamps: an object written in the instant between check and delete is deleted all the same.`,
    );
  }
  for (const mapped of [mapping.document, mapping.workspace, mapping.chunk, mapping.text]) {
    if (mapped !== null && !schema.properties.has(mapped)) problems.push(`${name} has no property ${mapped}.`);
  }
  for (const mapped of [mapping.document, mapping.workspace]) {
    const property = mapped === null ? undefined : schema.properties.get(mapped);
    if (property) problems.push(...idProblems(name, property));
  }
  return problems;
}

function idProblems(name: string, property: ClassProperty): string[] {
  const where = `Property ${property.name} of ${name}`;
  const type = property.dataType[0] ?? 'unknown';
  const problems: string[] = [];
  if (!['text', 'string', 'uuid', 'int'].includes(type)) {
    problems.push(`${where} is ${type}: an id must be text, uuid or int.`);
  } else if ((type === 'text' || type === 'string') && property.tokenization !== 'field') {
    problems.push(
      `${where} has tokenization ${property.tokenization ?? 'word'}, not field: exact match is done in memory and may be slow, and ids without a letter or digit are refused.`,
    );
  }
  if (property.indexFilterable === false && property.indexSearchable !== true) {
    problems.push(`${where} has no index (indexFilterable is false): it cannot be searched, and its jobs are refused.`);
  }
  return problems;
}
