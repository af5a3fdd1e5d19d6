import { SpanKind } from '@opentelemetry/api';
import { inChildSpan } from '../../telemetry/spans.ts';
import type { WeaviateHttp } from './http-shape.ts';

/** Parts of paths that are Weaviate's own; any other names a class or an object. */
const words = new Set(['batch', 'graphql', 'nodes', 'objects', 'schema', '.well-known', 'ready']);

/** Each request of what is traced, by its method and its route. */
export function traced({ where, call }: WeaviateHttp): WeaviateHttp {
  return {
    where,
    call: (method, path, options) => {
      const route = routeOf(path);
      const attributes = { 'db.system.name': 'weaviate', 'http.request.method': method, 'url.template': route };
      const span = { kind: SpanKind.CLIENT, attributes };
      return inChildSpan(`weaviate ${method} ${route}`, span, () => call(method, path, options));
    },
  };
}

function routeOf(path: string): string {
  const [plain = ''] = path.split('?');
  return plain.replaceAll(/[^/]+/g, (part) => (words.has(part) ? part : '{name}'));
}
