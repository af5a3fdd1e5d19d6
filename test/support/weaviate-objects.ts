import type { WeaviateClass } from '../../src/domain/mapping.ts';
import type { VectorImage } from '../../src/domain/vector-image.ts';
import { chunkUuid } from '../../src/stores/weaviate/chunk-uuid.ts';
import { createWeaviateVectors } from '../../src/stores/weaviate/vectors.ts';
import type { Server } from './stores.ts';

/**
 * Helpers that the suites on Weaviate share: a class, objects for it, and the server's own API to look behind the
 * adapter.
 */
const timeoutMs = 20_000;
const dimensions = 8;

export const mapped = (name: string, over: Partial<WeaviateClass> = {}): WeaviateClass => ({
  in: 'weaviate',
  class: name,
  document: 'document_id',
  workspace: 'workspace',
  chunk: 'chunk_id',
  text: 'text',
  ...over,
});

/** The same words give the same floats, spread over all of the mantissa. */
export function floats(seed: string, length = dimensions): number[] {
  const hex = chunkUuid(seed, 'vector').replaceAll('-', '').repeat(8);
  return Array.from({ length }, (_, at) => Math.fround(Math.sin(Number.parseInt(hex.slice(at * 3, at * 3 + 8), 16))));
}

export function chunk(partition: string, documentId: string, at: number, text = `text ${at}`): VectorImage {
  return {
    id: chunkUuid(`${partition}\n${documentId}`, String(at)),
    documentId,
    properties: { document_id: documentId, workspace: partition, chunk_id: String(at), text },
    vectors: { default: floats(`${partition} ${documentId} ${at}`) },
    revision: null,
  };
}

export function clientOf(server: Server) {
  return {
    connect: (mapping: WeaviateClass, url = server.url, deadlineMs = timeoutMs) =>
      createWeaviateVectors({ url, mapping, timeoutMs: deadlineMs }),
    call: async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/v1${path}`, { method, headers, ...sent });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      const text = await response.text();
      return text === '' ? null : JSON.parse(text);
    },
  };
}

export interface RawObject {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly vector: readonly number[];
}

/** All objects of a small class, in the order of their ids. */
export async function objectsIn(url: string, name: string): Promise<RawObject[]> {
  const answer = await clientOf({ url }).call('GET', `/objects?class=${name}&limit=10000&include=vector`);
  const { objects } = answer as { objects: RawObject[] };
  return objects
    .map(({ id, properties, vector }) => ({ id, vector, properties: inOrder(properties) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function inOrder(properties: RawObject['properties']): RawObject['properties'] {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}
