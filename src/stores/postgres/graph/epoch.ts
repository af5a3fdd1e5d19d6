import { sql } from 'kysely';
import { named } from '../../../database/errors.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { boundedTransaction } from '../../../database/transaction.ts';
import { partitionKey } from '../../../state/locks/key.ts';
import { type GraphFence, GraphFenceError } from '../../ports/graph-store.ts';

/** The fence is the partition's own lock, which nobody else takes before the transaction ends. */
export async function requireEpoch(tx: Tx, graph: string, { group, epoch }: GraphFence): Promise<void> {
  const { rows } = await sql<{ epoch: number }>`select epoch from coppice.partition_locks
    where key = ${partitionKey(graph, group)} and epoch = ${epoch} and run_id is not null for update`.execute(tx);
  if (rows.length === 0) throw new GraphFenceError(epoch);
}

/** For a store that knows no fence of its own: it is asked before each thing written there. */
export function fenceCheck(db: Db, graph: string): (fence: GraphFence) => Promise<void> {
  return (fence) => named(() => boundedTransaction(db, (tx) => requireEpoch(tx, graph, fence), { durable: false }));
}
