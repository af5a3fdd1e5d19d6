import { sql } from 'kysely';
import { named } from '../../../database/errors.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { boundedTransaction } from '../../../database/transaction.ts';
import { partitionKey } from '../../../state/locks/key.ts';
import { type GraphFence, GraphFenceError } from '../../ports/graph-fence.ts';

/** The fence is the partition's own lock, which no other writer takes before the transaction ends. */
export async function requireEpochs(tx: Tx, graph: string, fences: readonly GraphFence[]): Promise<void> {
  const keys = fences.map(({ group }) => partitionKey(graph, group));
  const { rows } = await sql<{ key: string }>`select l.key from coppice.partition_locks l
    join unnest(${keys}::text[], ${fences.map(({ epoch }) => epoch)}::int8[]) f(key, epoch)
      on f.key = l.key and f.epoch = l.epoch
    where l.run_id is not null order by l.key for update of l`.execute(tx);
  const held = new Set(rows.map(({ key }) => key));
  const lost = fences.find((_, at) => !held.has(keys[at] ?? ''));
  if (lost !== undefined) throw new GraphFenceError(lost.epoch);
}

/** For a store that knows no fence of its own: it is asked before each thing written there. */
export function fenceCheck(db: Db, graph: string): (fence: GraphFence) => Promise<void> {
  return (fence) => named(() => boundedTransaction(db, (tx) => requireEpochs(tx, graph, [fence]), { durable: false }));
}
