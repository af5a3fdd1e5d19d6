import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { hasKey, keyColumns, keyIn, sameKeys } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectionMapping, Field } from '../../../domain/mapping.ts';
import type { Batch } from '../../ports/batch.ts';
import { textOf } from '../fields.ts';
import { itemsTable } from '../items.ts';
import { linkEdges, linksOf, sparesLinked } from '../rules/links.ts';
import type { ForeignKey } from '../schema/constraints.ts';
import { documentKey } from '../scope.ts';
import { documentId, type LiveTable } from '../table.ts';

/** A document that cannot be deleted because a row that stays references it, or one of its chunks. */
export interface Referenced {
  readonly document: string;
  /** Name of the foreign key, and of the table that has it. */
  readonly constraint: string;
  readonly table: string;
  /** Every row that stays and leads here is an item of the same partition that a later batch of the run handles. */
  readonly later: boolean;
}

/** Foreign keys that can be looked at beforehand; of the others the delete itself tells. */
function visible({ constraints }: LiveTable): readonly ForeignKey[] {
  return constraints.incoming.filter((key) => key.refuses && key.readable);
}

export function referencesItself({ constraints }: LiveTable): boolean {
  return constraints.incoming.some((key) => key.fromOwn !== null && key.refuses);
}

/**
 * Of the candidates those that are referenced by rows that stay: rows of other tables, rows that are no candidates, and
 * candidates that stay for such a reason themselves. `candidates` selects the ids of rows, with the columns of `keyNames`.
 */
export async function referencedByOthers(
  tx: Tx,
  table: LiveTable,
  candidates: RawBuilder<unknown>,
  { runNo, rule }: Pick<Batch, 'runNo' | 'rule'>,
): Promise<Referenced[]> {
  const { mapping } = table;
  const keys = visible(table);
  const links = sparesLinked(rule, mapping) ? linksOf(mapping) : null;
  const names = [
    ...keys.map(({ name, from }) => ({ name, table: from.name })),
    ...(links === null ? [] : [{ name: 'links', table: mapping.table.name }]),
  ];
  const edges = [
    ...keys.map((key, at) => edgesOf(table, key, at, runNo)),
    ...(links === null ? [] : [edgesOfLinks(mapping, links, keys.length, runNo)]),
  ];
  if (edges.length === 0) return [];
  const { rows } = await sql<{ document: string; key: number; later: boolean }>`
    with recursive candidate as materialized (
      select ${keyColumns('d', mapping)}, ${documentKey('d', mapping)} as document,
        ${textOf('d', mapping.partition)} as partition
      from ${tableRef(mapping.table)} d where ${keyIn('d', mapping, candidates)}
    ),
    edge as materialized (${sql.join(edges, sql` union `)}),
    stays (document, key, later) as (
      select document, key, later from edge where source is null
      union
      select e.document, e.key, s.later from stays s join edge e on e.source = s.document
    )
    select document, min(key) as key, bool_and(later) as later from stays group by document`.execute(tx);
  return rows.flatMap(({ document, key, later }) => {
    const of = names[key];
    return of === undefined ? [] : [{ document, later, constraint: of.name, table: of.table }];
  });
}

/** The same of links, which no constraint enforces: they lead to rows of the same partition. */
function edgesOfLinks(mapping: CollectionMapping, links: Field, at: number, runNo: number): RawBuilder<unknown> {
  const here = sql<boolean>`${textOf('m', mapping.partition)} = any(array(select distinct partition from candidate))`;
  const items = itemsTable(runNo, mapping);
  return sql`select c.document, o.document as source, ${sql.lit(at)}::int as key,
      o.document is null and exists (select from ${items} i join ${items} own on own.part = i.part
        where i.id::text = e.source and ${sameKeys('own', 'c', mapping)}) as later
    from (${linkEdges(mapping, links, sql``, here)}) e
      join candidate c on c.document = e.target and c.partition = e.partition
      left join candidate o on o.document = e.source`;
}

/** Referenced document, and the candidate document that references it; a `null` source is a row that stays. */
function edgesOf(table: LiveTable, key: ForeignKey, at: number, runNo: number): RawBuilder<unknown> {
  const { mapping, chunks } = table;
  const target =
    key.toOwn === 'rows' || chunks === null
      ? hasKey('t', mapping, 'c')
      : sql`${columnRef('t', chunks.place.document)} = ${documentId(chunks, sql`c.id`)}`;
  const joined = sql.join(
    key.columns.map((column, no) => sql`${columnRef('s', column)} = ${columnRef('t', key.referenced[no] ?? column)}`),
    sql` and `,
  );
  const from = sql`candidate c join ${tableRef(key.to)} t on ${target} join ${tableRef(key.from)} s on ${joined}`;
  if (key.fromOwn === null) {
    return sql`select c.document, null::text as source, ${sql.lit(at)}::int as key, false as later from ${from}`;
  }
  const owner =
    key.fromOwn === 'rows' || chunks === null
      ? hasKey('s', mapping, 'o')
      : sql`${columnRef('s', chunks.place.document)} = ${documentId(chunks, sql`o.id`)}`;
  const item =
    key.fromOwn === 'rows' || chunks === null
      ? hasKey('s', mapping, 'i')
      : sql`${documentId(chunks, sql`i.id`)} = ${columnRef('s', chunks.place.document)}`;
  const items = itemsTable(runNo, mapping);
  return sql`select c.document, o.document as source, ${sql.lit(at)}::int as key,
      o.document is null and exists (select from ${items} i join ${items} own on own.part = i.part
        where ${item} and ${sameKeys('own', 'c', mapping)}) as later
    from ${from} left join candidate o on ${owner} where o.document is distinct from c.document`;
}
