import { GraphFenceError } from '../ports/graph-fence.ts';
import type { CypherMapping } from './names.ts';
import type { Run } from './session.ts';
import type { Parameters } from './value.ts';

/**
 * The fence is a node of Coppice's own for each group. A writer raises it to its epoch first. On Neo4j the node stays
 * locked until the transaction ends; on FalkorDB every statement asks for it once more (`fenced`).
 */
export async function raiseFence(run: Run, mapping: CypherMapping, stored: string, epoch: number): Promise<void> {
  // The first SET takes the lock, so that the second reads what nobody else can change any more.
  const rows = await run(
    `MERGE (fence:CoppiceFence {key: $fence}) SET fence.asked_by = $epoch
     WITH fence WHERE fence.epoch IS NULL OR fence.epoch <= $epoch SET fence.epoch = $epoch
     RETURN fence.epoch AS epoch`,
    fenceParameters(mapping, stored, epoch),
  );
  if (rows.length === 0) throw new GraphFenceError(epoch);
}

/** Goes before a statement that writes: it does nothing once a higher epoch has written. */
export const fenced = 'MATCH (fence:CoppiceFence {key: $fence}) WHERE fence.epoch = $epoch';

export function fenceParameters(mapping: CypherMapping, stored: string, epoch: number): Parameters {
  return { fence: JSON.stringify([mapping.name, stored]), epoch: BigInt(epoch) };
}
