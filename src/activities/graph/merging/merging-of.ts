import type { GraphMerging } from '../../../stores/ports/graph-merging.ts';
import type { GraphStore } from '../../../stores/ports/graph-store.ts';

/** Jobs that merge sweep only graphs that can be merged in. */
export function mergingOf({ merging, mapping }: GraphStore): GraphMerging {
  if (merging === null) throw new Error(`graph ${mapping.name} does not map what merging reads`);
  return merging;
}
