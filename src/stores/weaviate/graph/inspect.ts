import { createHash } from 'node:crypto';
import type { GraphTime } from '../../../domain/graph-mapping.ts';
import type { GraphInspection } from '../../ports/graph-store.ts';
import { type ClassSchema, readSchema } from '../schema.ts';
import { type GraphContext, mappedProperties } from './scope.ts';

/** GraphQL shows no integer beyond 32 bits, hence no `int` among these. */
const typeOfTime: Readonly<Record<GraphTime['type'], string>> = {
  datetime: 'date',
  iso_text: 'text',
  epoch_ms: 'number',
};

/** Compares the mapping with the class; reads its schema only. */
export async function inspectVectorClass(
  { graph, http }: GraphContext,
  signal?: AbortSignal,
): Promise<GraphInspection> {
  const of = graph.vectorsBeside;
  const schema = await readSchema(http, of.class, signal);
  const names = mappedProperties(of);
  const live = names.map((name) => schema?.properties.get(name) ?? null);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([of, live]))
    .digest('hex')
    .slice(0, 16);
  const called = `Weaviate class ${of.class}`;
  if (schema === null) {
    return {
      problems: [`${called} does not exist: ${of.mapped ? 'check the mapping' : 'run `coppice migrate`'}`],
      fingerprint,
    };
  }
  const missing = names.filter((name) => !schema.properties.has(name));
  const problems = [
    ...(schema.multiTenant ? [`${called} is multi-tenant, which is not supported`] : []),
    ...missing.map((name) => `${called} has no property ${name}`),
    ...[of.id, of.group].flatMap((name) => (name === null ? [] : idProblems(called, schema, name))),
    ...[of.createdAt, of.deprecatedAt].flatMap((field) => (field === null ? [] : timeProblems(called, schema, field))),
  ];
  return { problems, fingerprint };
}

/** Properties that name a group or a vector are filtered by: a filter must match them exactly. */
function idProblems(called: string, schema: ClassSchema, name: string): string[] {
  const property = schema.properties.get(name);
  if (property === undefined) return [];
  const [type = 'unknown'] = property.dataType;
  const isText = type === 'text' || type === 'string';
  if (!isText && type !== 'uuid' && type !== 'int') {
    return [`property ${name} of ${called} is ${type}: what names a group or a vector must be text, uuid or int`];
  }
  if (isText && property.tokenization !== 'field') {
    return [`property ${name} of ${called} has tokenization ${property.tokenization ?? 'word'}: it must be field`];
  }
  return property.indexFilterable === false
    ? [`property ${name} of ${called} has no index (indexFilterable is false): it cannot be asked for`]
    : [];
}

function timeProblems(called: string, schema: ClassSchema, { property: name, type }: GraphTime): string[] {
  const [live] = schema.properties.get(name)?.dataType ?? [];
  const wanted = typeOfTime[type];
  return live === undefined || live === wanted
    ? []
    : [`property ${name} of ${called} is ${live}, and mapped as ${type}, which is kept as ${wanted}`];
}
