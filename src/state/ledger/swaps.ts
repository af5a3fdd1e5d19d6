import { sql } from 'kysely';
import type { Db, SwapsTable, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';

/** A document whose vectors in another store are being exchanged: which are new, and which were there before. */
export interface Swap {
  readonly id: string;
  readonly state: SwapsTable['state'];
  readonly newIds: readonly string[];
  readonly old: readonly { readonly id: string; readonly revision: string | null }[];
}

/** Written down before the first new vector is. */
export async function intendSwaps(
  tx: Tx,
  collection: string,
  partition: string,
  at: LedgerAddress,
  swaps: readonly Omit<Swap, 'state'>[],
): Promise<void> {
  if (swaps.length === 0) return;
  const rows = swaps.map(({ id, newIds, old }) => ({ id, new_ids: newIds, old }));
  await sql`insert into coppice.swaps (collection, row_id, partition, run_no, part_no, state, new_ids, old)
    select ${collection}, n.id, ${partition}, ${at.runNo}, ${at.partNo}, 'written', n.new_ids, n.old
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (id text, new_ids jsonb, old jsonb)`.execute(tx);
}

/** The rows speak of the new vectors from this transaction on. */
export async function switchSwaps(tx: Tx, collection: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('coppice.swaps')
    .set({ state: 'switched' })
    .where('collection', '=', collection)
    .where(sql<boolean>`row_id = any(${ids}::text[])`)
    .execute();
}

/** One set of vectors is left: nothing remains to be done. */
export async function dropSwaps(tx: Tx, collection: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .deleteFrom('coppice.swaps')
    .where('collection', '=', collection)
    .where(sql<boolean>`row_id = any(${ids}::text[])`)
    .execute();
}

/**
 * Returns the swaps that earlier attempts left in this partition, of any run. The holder of the partition's lock is
 * alone with them.
 */
export function standingSwaps(db: Db, collection: string, partition: string, limit: number): Promise<Swap[]> {
  return db
    .selectFrom('coppice.swaps')
    .select(['row_id as id', 'state', 'new_ids as newIds', 'old'])
    .where('collection', '=', collection)
    .where('partition', '=', partition)
    .orderBy('row_id')
    .limit(limit)
    .execute();
}

/** Where other runs left some, a page of at most a thousand partitions. */
export function abandonedSwaps(db: Db, collection: string, exceptRunNo: number): Promise<LedgerAddress[]> {
  return db
    .selectFrom('coppice.swaps')
    .select(['run_no as runNo', 'part_no as partNo'])
    .distinct()
    .where('collection', '=', collection)
    .where('run_no', '<>', exceptRunNo)
    .limit(1000)
    .execute();
}
