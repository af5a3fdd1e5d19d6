import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';

export interface AddedBy extends LedgerAddress {
  readonly collection: string;
  readonly undoRunNo: number;
  /** At most so many; all of them without it. */
  readonly limit?: number;
}

export interface UndoneAdditions {
  readonly deleted: number;
  readonly refused: readonly string[];
}

/** Deletes those of the rows that still have these digests; returns their ids. */
export type DeleteUnchanged = (ids: readonly string[], digests: readonly string[]) => Promise<readonly string[]>;

/**
 * Deletes the rows that a run added and nobody has changed since. A changed row stays, and another undo tries it again.
 */
export async function deleteAdded(
  tx: Tx,
  { runNo, partNo, collection, undoRunNo, limit }: AddedBy,
  deleteUnchanged: DeleteUnchanged,
): Promise<UndoneAdditions> {
  const added = await sql<{ id: string; digest: string }>`
    select row_id as id, digest from coppice.added_rows
    where run_no = ${runNo} and part_no = ${partNo} and collection = ${collection}
      and refused is distinct from ${undoRunNo} order by row_id
    limit ${limit ?? null} for update`.execute(tx);
  if (added.rows.length === 0) return { deleted: 0, refused: [] };
  const ids = added.rows.map(({ id }) => id);
  const deleted = new Set(
    await deleteUnchanged(
      ids,
      added.rows.map(({ digest }) => digest),
    ),
  );
  const refused = ids.filter((id) => !deleted.has(id));
  await sql`delete from coppice.added_rows where run_no = ${runNo} and part_no = ${partNo}
    and collection = ${collection} and row_id = any(${[...deleted]}::text[])`.execute(tx);
  await sql`update coppice.added_rows set refused = ${undoRunNo} where run_no = ${runNo} and part_no = ${partNo}
    and collection = ${collection} and row_id = any(${refused}::text[])`.execute(tx);
  return { deleted: deleted.size, refused };
}
