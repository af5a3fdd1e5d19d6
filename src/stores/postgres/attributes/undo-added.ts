import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { LedgerAddress } from '../../../domain/ledger-address.ts';
import { deleteAdded } from '../../../state/ledger/added-rows.ts';
import type { LiveTable } from '../table.ts';

/** Deletes attributes that a run added and nobody has changed since. */
export function undoAdded(
  tx: Tx,
  table: LiveTable,
  at: LedgerAddress,
  undoRunNo: number,
): Promise<{ readonly deleted: number; readonly refused: readonly string[] }> {
  const { mapping } = table;
  return deleteAdded(tx, { ...at, collection: mapping.name, undoRunNo }, async (ids, digests) => {
    const { rows } = await sql<{ id: string }>`
      delete from ${tableRef(mapping.table)} d
      using (select * from unnest(${[...ids]}::text[], ${[...digests]}::text[]) as a (id, digest)) a
      where ${isOneOf('d', table, ids)} and ${idText('d', mapping)} = a.id and md5(d::text) = a.digest
      returning a.id`.execute(tx);
    return rows.map(({ id }) => id);
  });
}
