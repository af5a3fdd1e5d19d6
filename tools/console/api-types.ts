/** Writes TypeScript types from the OpenAPI document, for the client of the HTTP API, which the console shares. */
import { isRecord } from '../../src/api/is-record.ts';

type Json = Readonly<Record<string, unknown>>;

const head = `/** Generated from the OpenAPI document by \`npm run docs\`: do not edit. */\n`;
/** The native operations: those that stand in for other systems have no client here. */
const own = (path: string) => /^\/api\/(v1|v2)\//.test(path) && !/^\/api\/(v1\/background-jobs|v2\/jobs)/.test(path);

/** One interface per schema of the document, and `Operations` with the parameters, body and answer of each operation. */
export function apiTypes(document: Json): string {
  const paths = Object.entries(record(document.paths)).filter(([path]) => own(path));
  const operations = paths.flatMap(([path, methods]) =>
    Object.entries(record(methods)).map(([method, one]) => operation(`${method.toUpperCase()} ${path}`, record(one))),
  );
  const text = ['export interface Operations {', ...operations, '}'].join('\n');
  const schemas = record(record(document.components).schemas);
  const used = new Set<string>();
  const visit = (source: string) => {
    for (const [, name = ''] of source.matchAll(/\bschemas\['([^']+)'\]/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(typeOf(schemas[name]));
    }
  };
  visit(text);
  const named = [...used].sort().map((name) => `  ${name}: ${typeOf(schemas[name])};`);
  return [head, 'export interface schemas {', ...named, '}', '', text, ''].join('\n');
}

function operation(name: string, one: Json): string {
  const parameters = (Array.isArray(one.parameters) ? one.parameters : []).map(record);
  const of = (place: string) => {
    const found = parameters.filter((parameter) => parameter.in === place);
    const fields = found.map((parameter) => {
      return `${key(String(parameter.name))}${parameter.required === true ? '' : '?'}: ${typeOf(parameter.schema)}`;
    });
    return fields.length === 0 ? 'null' : `{ ${fields.join('; ')} }`;
  };
  const body = record(record(record(one.requestBody).content)['application/json']).schema;
  const answers = Object.entries(record(one.responses)).filter(([status]) => status.startsWith('2'));
  const shapes = answers.map(([, answer]) => typeOf(record(record(record(answer).content)['application/json']).schema));
  const answer = [...new Set(shapes)].join(' | ');
  return `  '${name}': { path: ${of('path')}; query: ${of('query')}; body: ${body === undefined ? 'null' : typeOf(body)}; answer: ${answer} };`;
}

function typeOf(schema: unknown): string {
  const one = record(schema);
  if (typeof one.$ref === 'string') return `schemas['${one.$ref.split('/').at(-1)}']`;
  const choices = one.anyOf ?? one.oneOf;
  if (Array.isArray(choices)) return union(choices.map(typeOf));
  if (Array.isArray(one.enum)) return union(one.enum.map((value) => JSON.stringify(value)));
  if ('const' in one) return JSON.stringify(one.const);
  if (Array.isArray(one.type)) return union(one.type.map((type) => typeOf({ ...one, type })));
  switch (one.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return one.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array': {
      const item = typeOf(one.items);
      return item.includes(' ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return objectOf(one);
    default:
      return 'unknown';
  }
}

function objectOf(one: Json): string {
  const required = Array.isArray(one.required) ? one.required : [];
  const fields = Object.entries(record(one.properties)).map(([name, schema]) => {
    return `${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`;
  });
  if (fields.length > 0) return `{ ${fields.join('; ')} }`;
  return isRecord(one.additionalProperties)
    ? `Record<string, ${typeOf(one.additionalProperties)}>`
    : 'Record<string, never>';
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}
