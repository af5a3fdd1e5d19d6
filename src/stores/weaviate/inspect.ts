import type { WeaviateClass } from '../../domain/mapping.ts';
import { createWeaviateHttp, type WeaviateAddress } from './http.ts';
import { type ClassProperty, readSchema, requireNames } from './schema.ts';

export interface InspectWeaviateOptions extends WeaviateAddress {
  readonly mapping: WeaviateClass;
}

export interface ClassFindings {
  /** Why jobs on the class are refused, a sentence each. */
  readonly problems: readonly string[];
  /**
   * Properties of the class that jobs work around, with the cost. Classes that LlamaIndex and Haystack create have
   * some.
   */
  readonly remarks: readonly string[];
}

/** Compares a mapped class with the server's. Rejects when Weaviate cannot say. */
export async function inspectWeaviateClass(
  options: InspectWeaviateOptions,
  signal?: AbortSignal,
): Promise<ClassFindings> {
  const { mapping } = options;
  requireNames(mapping);
  const schema = await readSchema(createWeaviateHttp(options), mapping.class, signal);
  const name = `Weaviate class ${mapping.class}`;
  if (!schema) return { problems: [`${name} does not exist.`], remarks: [] };
  const problems: string[] = [];
  const remarks: string[] = [];
  if (!schema.indexTimestamps) {
    remarks.push(
      `${name} has no invertedIndexConfig.indexTimestamps: an object written in the instant between check and delete is deleted all the same.`,
    );
  }
  for (const mapped of [mapping.document, mapping.workspace, mapping.chunk, mapping.text]) {
    if (mapped === null || schema.properties.has(mapped)) continue;
    const owner = schema.multiTenant && mapped === mapping.workspace;
    problems.push(
      `${name} has no property ${mapped}${owner ? ': its tenants are the workspaces, so map workspace: null' : ''}.`,
    );
  }
  for (const mapped of [mapping.document, mapping.workspace]) {
    const property = mapped === null ? undefined : schema.properties.get(mapped);
    if (property === undefined) continue;
    problems.push(...idProblems(name, property));
    remarks.push(...idRemarks(name, property));
  }
  return { problems, remarks };
}

function idProblems(name: string, property: ClassProperty): string[] {
  const where = `Property ${property.name} of ${name}`;
  const type = typeOf(property);
  return [
    ...(['text', 'string', 'uuid', 'int'].includes(type)
      ? []
      : [`${where} is ${type}: an id must be text, uuid or int.`]),
    ...(property.indexFilterable === false && property.indexSearchable !== true
      ? [`${where} has no index (indexFilterable is false): it cannot be searched, and its jobs are refused.`]
      : []),
  ];
}

function idRemarks(name: string, property: ClassProperty): string[] {
  if (!['text', 'string'].includes(typeOf(property)) || property.tokenization === 'field') return [];
  return [
    `Property ${property.name} of ${name} has tokenization ${property.tokenization ?? 'word'}, not field: exact match is done in memory and may be slow, and ids without a letter or digit are refused.`,
  ];
}

function typeOf({ dataType }: ClassProperty): string {
  return dataType[0] ?? 'unknown';
}
