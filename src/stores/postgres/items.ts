import { sql } from 'kysely';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Tx } from '../../state/schema.ts';
import type { SurveyTerms } from '../ports/document-store.ts';
import { dueSql, inCollection, onHold } from './due.ts';
import { columnRef, tableRef, textOf } from './fields.ts';

/**
 * A run's items: the ids that its survey found due, in a table of the run's own. They bind the run, and an approval, to
 * exactly what was surveyed, and batches find their rows by primary key whatever indexes the application has. Dropping
 * the table is instant, where deleting its rows would not be.
 *
 * A partition's items are walked region by region of the mapped table, and by id within one: ids are often random, and
 * a batch in their order alone would touch a page for every row.
 */
export function itemsTable(runNo: number, mapping: CollectionMapping) {
  return sql.id('coppice', `items_${runNo}_${mapping.name}`);
}

/** Pages of a region: about as many as a large batch has rows to find in. */
const regionPages = 1024;

export async function collectItems(
  tx: Tx,
  mapping: CollectionMapping,
  terms: SurveyTerms,
  runNo: number,
): Promise<void> {
  const items = itemsTable(runNo, mapping);
  const rule = dueSql('d', mapping, terms.rule);
  const free = terms.respectHolds ? sql`not ${onHold('d', mapping)}` : sql`true`;
  await sql`create table ${items} as
    select row_number() over (order by p.no, (d.ctid::text::point)[0]::bigint / ${sql.lit(regionPages)},
        ${columnRef('d', mapping.id)}) as place,
      p.no as part, ${columnRef('d', mapping.id)} as id
    from ${tableRef(mapping.table)} d
      join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.collection = ${sql.lit(mapping.name)}
        and p.partition = ${textOf('d', mapping.workspace)}
    where ${inCollection('d', mapping)} and ${rule.due} and ${free}
    order by place`.execute(tx);
  await sql`create unique index on ${items} (part, place)`.execute(tx);
  await sql`create unique index on ${items} (part, id)`.execute(tx);
  await sql`analyze ${items}`.execute(tx);
}

export async function itemsBeyond(
  tx: Tx,
  mapping: CollectionMapping,
  runNo: number,
  approvedRunNo: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${itemsTable(runNo, mapping)} i
    where not exists (select from ${itemsTable(approvedRunNo, mapping)} a where a.id = i.id)`.execute(tx);
  return rows[0]?.count ?? 0;
}
