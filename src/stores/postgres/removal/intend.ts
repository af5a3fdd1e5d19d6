import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idRows, idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { Batch } from '../../ports/batch.ts';
import type { Intended } from '../../ports/row-intents.ts';
import { type LiveTable, rowLedger, stamp } from '../table.ts';
import { keptByReference } from './kept.ts';
import { referencedByOthers } from './referenced.ts';
import { isStillOurs } from './remove-carefully.ts';

/**
 * Locks the rows that are still due, of those given, and writes their image with what tells whether they change. Rows that
 * others reference stay, before their vectors are touched.
 */
export async function intend(tx: Tx, table: LiveTable, batch: Batch, all: readonly string[]): Promise<Intended> {
  const { mapping } = table;
  const referenced = await referencedByOthers(tx, table, idRows(table, all), batch);
  const stay = new Set(referenced.map(({ document }) => document));
  const ids = all.filter((id) => !stay.has(id));
  const kept = keptByReference(referenced);
  const { rows } = await sql<{ id: string }>`
    with locked as materialized (
      select d.*, ${stamp(batch.runNo, sql.lit(batch.partNo), { xmin: sql`d.xmin::text` })}
      from ${tableRef(mapping.table)} d
      where ${isOneOf('d', table, ids)} and ${isStillOurs(table, batch)}
      for update of d
    )
    insert into ${rowLedger(table)} as l select * from locked returning ${idText('l', mapping)} as id`.execute(tx);
  return { ids: rows.map((row) => row.id), kept };
}
