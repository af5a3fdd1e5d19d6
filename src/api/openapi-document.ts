import { isRecord } from './is-record.ts';

/** Parts of the document that the generators do not write. */

type Json = Readonly<Record<string, unknown>>;

/** A body that may be `null` may also be left out, and a schema that nothing refers to need not be there. */
export function finishDocument(document: object): Json {
  const finished = isRecord(document) ? { ...document, paths: mapValues(document.paths, optionalBodies) } : {};
  return withoutUnused(finished);
}

function optionalBodies(path: unknown): unknown {
  return mapValues(path, (operation) => {
    if (!isRecord(operation) || !isRecord(operation.requestBody)) return operation;
    const { requestBody } = operation;
    const optional = JSON.stringify(requestBody.content).includes('{"type":"null"}');
    return optional ? { ...operation, requestBody: { ...requestBody, required: false } } : operation;
  });
}

function withoutUnused(document: Json): Json {
  const { components } = document;
  if (!isRecord(components) || !isRecord(components.schemas)) return document;
  const { schemas } = components;
  const used = new Set<string>();
  const visit = (value: unknown) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(document.paths);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } };
}

function mapValues(value: unknown, change: (one: unknown) => unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]));
}
