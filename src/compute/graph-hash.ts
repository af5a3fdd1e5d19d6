import { createHash } from 'node:crypto';
import type { CanonicalGraph } from './canonical.ts';
import type { Csr } from './csr.ts';

/**
 * SHA-256 of nodes, edges, weights and settings, in hexadecimal: equal for graphs that are equal, in whatever order they
 * streamed, and for such settings as change the result. Previous communities are not part of it.
 *
 * @param settings plain values; the order of their names does not matter
 */
export function graphHash(
  graph: CanonicalGraph,
  settings: Readonly<Record<string, number | boolean | string>>,
): string {
  const hash = createHash('sha256');
  const named = Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // JSON keeps the borders between ids: ["ab", "c"] is not ["a", "bc"].
  hash.update(JSON.stringify([named, graph.directed !== null])).update(JSON.stringify(graph.ids));
  for (const { offsets, targets, weights } of rowsOf(graph)) {
    for (const array of [offsets, targets, weights]) {
      hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
  }
  return hash.digest('hex');
}

/** The directed rows say all that the undirected ones do. */
function rowsOf({ directed, undirected }: CanonicalGraph): readonly Csr[] {
  return [directed ?? undirected];
}
