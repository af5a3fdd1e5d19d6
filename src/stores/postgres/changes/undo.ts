import { sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { UndoChanges, Undone } from '../../ports/change-table.ts';
import { insertHolds } from '../due.ts';
import { textOf } from '../fields.ts';
import { judgeRow } from '../rules/index.ts';
import { storedOf, storeText } from '../rules/stored-values.ts';
import { inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { changeOf } from './apply.ts';
import { changesTable, hasChangesTable } from './change-tables.ts';

/**
 * Writes former values back in one statement. A row that was written or deleted since keeps what it has. The base of a
 * restored row is the one from before the run, and a hold keeps the next run from changing the row again.
 */
export async function undoChanges(tx: Tx, table: LiveTable, request: UndoChanges): Promise<Undone> {
  const { mapping } = table;
  const { runNo, partNo, undoRunNo, undoRunId, rule, partition, limit } = request;
  const none = { seen: 0, restored: 0, refused: [] };
  if (!(await hasChangesTable(tx, runNo, mapping.name))) return none;
  const changes = changesTable(runNo, mapping.name);
  const ids = await sql<{ id: string }>`select row_id as id from ${changes}
    where part = ${partNo} and refused is distinct from ${undoRunNo} order by ctid limit ${sql.lit(limit)}`.execute(tx);
  if (ids.rows.length === 0) return none;
  const wanted = ids.rows.map(({ id }) => id);
  const row = judgeRow('d', mapping, rule);
  const { field, base } = changeOf(row);
  const { rows } = await sql<Undone>`
    with batch as materialized (
      select * from ${changes} where part = ${partNo} and row_id = any(${wanted}::text[])
    ),
    restored as (
      update ${tableRef(mapping.table)} d set ${storeText(field, sql`b.former`)} from batch b
      where ${isOneOf('d', table, wanted)} and ${row.id} = b.row_id
        and ${storedOf('d', field)} = b.stored and ${textOf('d', mapping.partition)} = ${partition}
        and ${inCollection('d', mapping)}
      returning b.row_id, b.base_score, b.base_from, b.base_accessed, b.base_stored, ${row.state} as state
    ),
    held as (
      ${insertHolds(rule.kind, mapping, sql`select row_id, ${partition}::text as partition, state, ${undoRunId}::text as run_id from restored`)}
    ),
    ${base === undefined ? sql`` : formerBases(mapping.name)}
    dropped as (
      delete from ${changes} c using restored r where c.part = ${partNo} and c.row_id = r.row_id
    ),
    refused as (
      update ${changes} c set refused = ${undoRunNo} where c.part = ${partNo} and c.row_id = any(${wanted}::text[])
        and not exists (select from restored r where r.row_id = c.row_id) returning c.row_id
    )
    select (select count(*) from batch)::int8 as seen, (select count(*) from restored)::int8 as restored,
      coalesce((select array_agg(row_id order by row_id) from refused), '{}') as refused`.execute(tx);
  return rows[0] ?? none;
}

/** Each restored row follows the base from before the run again; one that had none has none. */
function formerBases(collection: string) {
  return sql`based as (
      update coppice.decay_bases b set score = r.base_score, counted_from = r.base_from,
        accessed_at = r.base_accessed, stored = r.base_stored, score_before = null
      from restored r where b.collection = ${collection} and b.row_id = r.row_id and r.base_score is not null
    ),
    unbased as (
      delete from coppice.decay_bases b using restored r
      where b.collection = ${collection} and b.row_id = r.row_id and r.base_score is null
    ),`;
}

/** Bases and holds of rows that do not exist any more. Returns the larger of the two counts. */
export async function forgetVanished(tx: Tx, table: LiveTable, limit: number): Promise<number> {
  const { mapping } = table;
  let most = 0;
  for (const name of ['decay_bases', 'rule_holds']) {
    const own = sql.id('coppice', name);
    const { numAffectedRows = 0n } = await sql`delete from ${own} b where b.ctid = any(array(
      select v.ctid from ${own} v where v.collection = ${mapping.name} and not exists (
        select from ${tableRef(mapping.table)} d where ${idText('d', mapping)} = v.row_id)
      limit ${sql.lit(limit)}))`.execute(tx);
    most = Math.max(most, Number(numAffectedRows));
  }
  return most;
}
