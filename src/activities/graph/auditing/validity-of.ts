import type { GraphStore } from '../../../stores/ports/graph-store.ts';
import type { GraphValidity } from '../../../stores/ports/graph-validity.ts';

/** The job sweeps only graphs whose mapping names when facts were retired. */
export function validityOf({ validity, mapping }: GraphStore): GraphValidity {
  if (validity === null) throw new Error(`graph ${mapping.name} does not map when its facts were retired`);
  return validity;
}
