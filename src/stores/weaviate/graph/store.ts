import type { GraphVectors } from '../../ports/graph-vectors.ts';
import type { WeaviateContext } from '../context.ts';
import { createWeaviateHttp, type WeaviateAddress } from '../http.ts';
import { readSchema, requireNames } from '../schema.ts';
import { deprecateVectors, removeVectors, restoreVectors } from './change.ts';
import { ensureVectorClass, loadVectors } from './default-class.ts';
import { describeImages, fetchImages } from './images.ts';
import { inspectVectorClass } from './inspect.ts';
import { objectsOf } from './list.ts';
import { asDocuments, type ClassMapping, type GraphContext, mappedProperties } from './scope.ts';
import { classTallies, talliesOf } from './tallies.ts';

export interface WeaviateGraphOptions extends WeaviateAddress {
  readonly mapping: ClassMapping;
}

/** Vectors of a graph in Weaviate. Connects to nothing: the first call does. */
export function createWeaviateGraphVectors({ mapping: graph, ...address }: WeaviateGraphOptions): GraphVectors {
  const of = graph.vectorsBeside;
  const http = createWeaviateHttp(address);
  const mapping = asDocuments(of);
  requireNames(mapping, mappedProperties(of));
  const own: WeaviateContext = { http, mapping, timeoutMs: address.timeoutMs, dimensions: null };
  const context: GraphContext = { ...own, graph };
  return {
    description: `weaviate class ${of.class} at ${http.where.replace('weaviate at ', '')}`,
    probe: async (signal) => {
      await readSchema(http, of.class, signal);
    },
    ensure: async () => {
      if (!of.mapped) await ensureVectorClass(context);
    },
    inspect: (signal) => inspectVectorClass(context, signal),
    tallies: async (signal) => (await classTallies(context, signal)).groups,
    talliesOf: (groups, signal) => talliesOf(context, groups, signal),
    unscoped: async (signal) => (await classTallies(context, signal)).unscoped,
    async *list(groups, signal) {
      for await (const page of objectsOf(context, groups, signal)) yield page.map(({ vector }) => vector);
    },
    fetch: (group, ids, signal) => fetchImages(context, group, ids, signal),
    describe: async (group, images) => describeImages(graph, group, images),
    remove: (fence, images, signal) => removeVectors(context, fence, images, signal),
    restore: (fence, images, signal) => restoreVectors(context, fence, images, signal),
    deprecate: (group, documents, at, signal) => deprecateVectors(context, group, documents, at, signal),
    load: of.mapped ? null : (lines) => loadVectors(context, lines),
    // Sockets belong to the process's own `fetch` pool, which lets idle ones go.
    close: async () => {},
  };
}
