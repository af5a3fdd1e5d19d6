import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { hasKey } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import type { Batch, GroupBatch } from '../../ports/batch.ts';
import type { Changes } from '../../ports/change-table.ts';
import { notHeld } from '../due.ts';
import { textOf } from '../fields.ts';
import { itemsTable, nextItemsSql } from '../items.ts';
import { judgeRow } from '../rules/index.ts';
import type { ChangeSql, Judgement } from '../rules/rule-sql.ts';
import { numberOf, storedOf, storeText } from '../rules/stored-values.ts';
import { inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { changesTable } from './change-tables.ts';

export async function applyBatch(tx: Tx, table: LiveTable, batch: Batch): Promise<Changes> {
  const items = nextItemsSql(table.mapping, batch);
  const found = await apply(tx, table, batch, items);
  return found.get(batch.partNo) ?? { seen: 0, after: batch.after, changed: 0, spared: 0 };
}

export function applyTogether(tx: Tx, table: LiveTable, group: GroupBatch): Promise<ReadonlyMap<number, Changes>> {
  const items = sql`select i.* from ${itemsTable(group.runNo, table.mapping)} i
    where i.part = any(${group.partitions.map(({ no }) => no)}::int[])`;
  return apply(tx, table, group, items);
}

interface Work {
  readonly runNo: number;
  readonly rule: Rule;
  readonly keep: boolean;
}

/**
 * Writes the items' values in one statement, which finds the rows where the survey saw them. Rows that have moved since are
 * found by their ids in a second one. A row that waits for another transaction is judged again as that leaves it.
 */
async function apply(
  tx: Tx,
  table: LiveTable,
  work: Work,
  items: RawBuilder<unknown>,
): Promise<ReadonlyMap<number, Changes>> {
  const byPlace = await write(tx, table, work, items, 'place');
  const missed = [...byPlace.values()].some(({ written, changed }) => changed < written);
  const byId = missed ? await write(tx, table, work, items, 'id') : null;
  return new Map(
    [...byPlace].map(([part, { seen, after, written, changed }]) => {
      const all = changed + (byId?.get(part)?.changed ?? 0);
      return [part, { seen, after, changed: all, spared: written - all }];
    }),
  );
}

interface Written {
  readonly seen: number;
  readonly after: string;
  /** Items with a value to write. */
  readonly written: number;
  readonly changed: number;
}

async function write(
  tx: Tx,
  table: LiveTable,
  { runNo, rule, keep }: Work,
  items: RawBuilder<unknown>,
  by: 'place' | 'id',
): Promise<ReadonlyMap<number, Written>> {
  const { mapping } = table;
  const row = judgeRow('d', mapping, rule);
  const change = changeOf(row);
  const { field } = change;
  const bases = change.base === undefined ? sql`` : sql`, ${baseColumns('b')}`;
  const place = by === 'place' ? sql`d.ctid = any(array(select tid from batch where stored is not null)) and` : sql``;
  const { rows } = await sql<Written & { part: number }>`
    with batch as materialized (
      select i.*, p.partition from (${items}) i
        join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.no = i.part
    ),
    changed as (
      update ${tableRef(mapping.table)} d set ${storeText(field, sql`b.stored`)}
      from batch b
      where ${place} ${hasKey('d', mapping, 'b')} and b.stored is not null
        and ${textOf('d', mapping.partition)} = b.partition and ${inCollection('d', mapping)}
        and ${row.state} = b.state and ${notHeld(row, mapping)}
      returning b.part, ${row.id} as row_id, b.former, ${storedOf('d', field)} as stored ${bases}
    )
    ${keep ? kept(changesTable(runNo, mapping.name), change) : sql``}
    ${change.base === undefined ? sql`` : remembered(mapping.name, rule, by === 'place')}
    select b.part, b.seen, b.after::text as after, b.written, coalesce(c.changed, 0)::int8 as changed
    from (select part, count(*)::int8 as seen, max(place) as after, count(stored)::int8 as written
        from batch group by part) b
      left join (select part, count(*)::int8 as changed from changed group by part) c on c.part = b.part`.execute(tx);
  return new Map(rows.map(({ part, ...found }) => [part, found]));
}

/** Former values go into the table of the run, with the bases that they belong to. */
function kept(changes: RawBuilder<unknown>, { base }: ChangeSql): RawBuilder<unknown> {
  const formerBase = base === undefined ? sql`` : sql`, base_score, base_from, base_accessed, base_stored`;
  return sql`, kept as (insert into ${changes} (part, row_id, former, stored ${formerBase})
    select part, row_id, former, stored ${formerBase} from changed)`;
}

function baseColumns(alias: string): RawBuilder<unknown> {
  const names = ['score', 'counted_from', 'accessed_at', 'base_score', 'base_from', 'base_accessed', 'base_stored'];
  return sql.join(names.map((name) => columnRef(alias, name)));
}

/** The bases that the changed rows follow from now on, and with `noted` those of rows of which nothing is changed. */
function remembered(collection: string, { cutoff }: Rule, noted: boolean): RawBuilder<unknown> {
  return sql`, remembered as (
      insert into coppice.decay_bases (collection, row_id, score, counted_from, accessed_at, stored, written_at, score_before)
      select ${collection}, r.row_id, r.score, r.counted_from, r.accessed_at, r.stored, ${cutoff}::timestamptz, r.before
      from (
        select row_id, score, counted_from, accessed_at, stored, ${numberOf(sql`btrim(former, '"')`)} as before from changed
        ${noted ? sql`union all select id::text, score, counted_from, accessed_at, former, null from batch where stored is null` : sql``}
      ) r
      on conflict (collection, row_id) do update set score = excluded.score, counted_from = excluded.counted_from,
        accessed_at = excluded.accessed_at, stored = excluded.stored, written_at = excluded.written_at,
        score_before = excluded.score_before
    )`;
}

export function changeOf({ kind, change }: Judgement): ChangeSql {
  if (change === undefined) throw new Error(`the rule ${kind} changes nothing`);
  return change;
}
