import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idArrays, idText, isOneOfFew } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { notHeld } from '../due.ts';
import { textOf } from '../fields.ts';
import { itemsTable } from '../items.ts';
import { isProposedMerge } from '../rules/consolidation.ts';
import { isCopyOf } from '../rules/dedup.ts';
import { judgeRow } from '../rules/index.ts';
import { linkEdges, linksOf } from '../rules/links.ts';
import { computedOnce } from '../rules/rule-sql.ts';
import { hasReadableJson, inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';

/** An item of a run that merges rows: a row, and the row that it is merged into. */
export interface Pair {
  readonly id: string;
  readonly survivor: string;
  readonly part: number;
  readonly partition: string;
}

/** The pairs of these items, in their order. */
export async function pairsOf(tx: Tx, runNo: number, items: RawBuilder<unknown>): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    select i.id::text as id, i.survivor, i.part, p.partition from (${items}) i
      join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.no = i.part
    order by i.part, i.place`.execute(tx);
  return rows;
}

/** The pairs of these ids of one partition; none where the run has ended and its items were dropped. */
export async function pairsOfIds(
  tx: Tx,
  table: LiveTable,
  { runNo, partNo }: { readonly runNo: number; readonly partNo: number },
  ids: readonly string[],
): Promise<Pair[]> {
  const { mapping } = table;
  const { rows } = await sql<{ exists: boolean }>`
    select to_regclass(${`coppice."items_${runNo}_${mapping.name}"`}) is not null as exists`.execute(tx);
  if (rows[0]?.exists !== true) return [];
  const items = sql`select i.* from ${itemsTable(runNo, mapping)} i
    where i.part = ${partNo} and i.id::text = any(${ids}::text[])`;
  return pairsOf(tx, runNo, items);
}

/**
 * Locks rows, the rows they are merged into, and rows that link to them, all in the order of their ids; then reads who is
 * still a copy with a statement of its own, which sees what was committed while the first one waited. Returns the pairs that
 * are still to be merged.
 */
export async function lockAndJudge(tx: Tx, table: LiveTable, pairs: readonly Pair[], rule: Rule): Promise<Pair[]> {
  if (pairs.length === 0) return [];
  const linking = await linkingRows(tx, table, pairs);
  const ids = [...pairs.flatMap(({ id, survivor }) => [id, survivor]), ...linking.map(({ id }) => id)];
  await lock(tx, table, [...new Set(ids)]);
  const still = await copies(tx, table, pairs, rule);
  return pairs.filter(({ id }) => still.has(id));
}

async function lock(tx: Tx, table: LiveTable, ids: readonly string[]): Promise<void> {
  const { mapping } = table;
  const order = sql.join(idColumns(mapping).map((column) => columnRef('d', column)));
  await sql`select count(*) from (select from ${tableRef(mapping.table)} d where ${isOneOfFew('d', table, ids)}
    order by ${order} for update of d) locked`.execute(tx);
}

/** Rows that link to one of the rows, of the same partition. */
export async function linkingRows(
  tx: Tx,
  { mapping }: LiveTable,
  pairs: readonly Pair[],
): Promise<Pick<Pair, 'id' | 'part'>[]> {
  const links = linksOf(mapping);
  if (links === null || pairs.length === 0) return [];
  const partitions = [...new Set(pairs.map(({ partition }) => partition))];
  const edges = linkEdges(mapping, links, sql``, sql`${textOf('m', mapping.partition)} = any(${partitions}::text[])`);
  const { rows } = await sql<Pick<Pair, 'id' | 'part'>>`
    select e.source as id, min(p.part) as part from (${edges}) e
      join unnest(${pairs.map(({ id }) => id)}::text[], ${pairs.map(({ partition }) => partition)}::text[],
        ${pairs.map(({ part }) => part)}::int[]) p (id, partition, part) on p.id = e.target and p.partition = e.partition
    group by 1`.execute(tx);
  return rows;
}

async function copies(tx: Tx, table: LiveTable, pairs: readonly Pair[], rule: Rule): Promise<ReadonlySet<string>> {
  const { mapping } = table;
  const keys = idColumns(mapping);
  const arrays = [
    sql`${pairs.map(({ partition }) => partition)}::text[]`,
    ...idArrays(
      table,
      pairs.map(({ id }) => id),
    ),
    ...idArrays(
      table,
      pairs.map(({ survivor }) => survivor),
    ),
  ];
  const names = ['partition', ...keys.map((_, at) => `d_${at}`), ...keys.map((_, at) => `s_${at}`)];
  // One look-up by the key for each: the planner would rather read all rows of a partition for every pair.
  const row = (alias: 'd' | 's') => {
    const at = keys.map((column, no) => sql`${columnRef('t', column)} = ${sql.id('p', `${alias}_${no}`)}`);
    return sql`join lateral (select t.* from ${tableRef(mapping.table)} t where ${sql.join(at, sql` and `)} ${computedOnce})
      ${sql.id(alias)} on true`;
  };
  const { rows } = await sql<{ id: string }>`
    select ${idText('d', mapping)} as id
    from unnest(${sql.join(arrays)}) p (${sql.join(names.map((name) => sql.id(name)))}) ${row('d')} ${row('s')}
    where ${textOf('d', mapping.partition)} = p.partition and ${isIn('d', mapping)} and ${isIn('s', mapping)}
      and ${merges('d', 's', mapping, rule)} and ${notHeld(judgeRow('d', mapping, rule), mapping)}`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/** Whether the rule still merges the one row into the other, both as they are under their locks. */
function merges(member: string, survivor: string, mapping: CollectionMapping, rule: Rule): RawBuilder<boolean> {
  return rule.kind === 'consolidation'
    ? isProposedMerge(member, survivor, mapping, rule)
    : isCopyOf(member, survivor, mapping);
}

function isIn(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  return sql`${inCollection(alias, mapping)} and ${hasReadableJson(alias, mapping)}`;
}
