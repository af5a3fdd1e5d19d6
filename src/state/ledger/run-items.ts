import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../database/identifiers.ts';
import { idText, sameId } from '../../database/row-ids.ts';
import type { Db } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { idColumns } from '../../domain/row-id.ts';
import { isSeen, type Seen } from '../runs/seen.ts';

/**
 * Pages of what the ledger holds of one run, item by item. A run's items lie in several relations: a ledger table for each
 * version of a collection's columns, a table of former values, added rows, and items of graphs. Pages go through these one
 * after the other, and within each in the order of partition and id, so that a page costs the same wherever it begins.
 */

export interface LedgerItem {
  readonly effect: 'removed' | 'changed' | 'added';
  /** `row`, or a kind of graph items. */
  readonly kind: string;
  readonly collection: string;
  readonly part: number;
  readonly partition: string;
  readonly id: string;
  /** The field that was written; null where the item is a whole row. */
  readonly field: string | null;
  /** Values by column as text, shortened; null where the reader does not see content, and of an added row. */
  readonly before: Readonly<Record<string, string | null>> | null;
  readonly after: Readonly<Record<string, string | null>> | null;
  /** Whether an undo left it as it is. */
  readonly refused: boolean;
}

/** One relation with items of the run. */
export interface ItemSource {
  readonly name: string;
  readonly collection: string;
  readonly rows: RawBuilder<unknown>;
  /** The same with `stands`: whether the row exists again, in the table of the collection. Only of removed rows. */
  readonly standing?: RawBuilder<unknown>;
}

export interface SkippedSource {
  readonly collection: string;
  readonly reason: string;
}

export interface PageOfItems {
  /** The last item of the page before, within the source. */
  readonly after: { readonly part: number; readonly id: string; readonly field: string } | null;
  readonly limit: number;
  readonly seen: Seen;
}

/** Longer values are cut: a page of rows with whole documents would be megabytes. */
const longestValue = 2_000;

interface RunOfItems {
  readonly no: number;
  readonly job: string;
}

/** The relations that may hold items of the run, in the order of their names. */
export async function itemSources(
  db: Db,
  run: RunOfItems,
  mappings: readonly CollectionMapping[],
  content: boolean,
): Promise<{ readonly sources: readonly ItemSource[]; readonly skipped: readonly SkippedSource[] }> {
  const { rows: collections } = await sql<{ name: string; graph: boolean }>`
    select distinct collection as name, exists (select from coppice.ledger_graph g
      where g.run_no = ${run.no} and g.graph = collection) as graph
    from coppice.run_partitions where run_no = ${run.no} order by 1`.execute(db);
  const sources: ItemSource[] = [];
  const skipped: SkippedSource[] = [];
  for (const { name, graph } of collections) {
    if (graph) sources.push({ name: `graph ${name}`, collection: name, rows: graphItems(run.no, name, content) });
    sources.push({ name: `added ${name}`, collection: name, rows: addedRows(run.no, name) });
    sources.push(...(await changeSources(db, run.no, name, content)));
    const mapping = mappings.find((one) => one.name === name);
    const ledgers = await db
      .selectFrom('coppice.ledger_tables')
      .select(['name', 'columns'])
      .where('collection', '=', name)
      .where('part', '=', 'rows')
      .orderBy('name')
      .execute();
    for (const ledger of ledgers) {
      if (mapping !== undefined && idColumns(mapping).every((column) => ledger.columns.includes(column)))
        sources.push({
          name: ledger.name,
          collection: name,
          ...removedRows(run.no, ledger.name, name, mapping, content),
        });
      else if (await holdsRun(db, ledger.name, run.no))
        skipped.push({ collection: name, reason: 'the configuration does not name the id of these rows' });
    }
  }
  return { sources: sources.sort((a, b) => (a.name < b.name ? -1 : 1)), skipped };
}

/** The items of one source after a place. */
export async function pageOfItems(
  db: Db,
  run: RunOfItems,
  source: ItemSource,
  { after, limit, seen }: PageOfItems,
): Promise<readonly LedgerItem[]> {
  const beyond =
    after === null
      ? sql`true`
      : sql`(i.part, i.id collate "C", coalesce(i.field, '') collate "C") > (${after.part}::int, ${after.id}, ${after.field})`;
  const { rows } = await sql<LedgerItem>`
    select i.effect, i.kind, ${source.collection}::text as collection, i.part, p.partition, i.id, i.field,
      i.before, i.after, i.refused
    from (${source.rows}) i join coppice.run_partitions p on p.run_no = ${run.no} and p.no = i.part
    where ${beyond} and ${isSeen(seen, sql`${run.job}::text`, sql`p.partition`)}
    order by i.part, i.id collate "C", coalesce(i.field, '') collate "C" limit ${sql.lit(limit)}`.execute(db);
  return rows;
}

export interface ItemCount {
  readonly effect: LedgerItem['effect'];
  readonly items: number;
  /** Removed rows that exist again; `null`: the items are no rows that were removed. */
  readonly standing: number | null;
}

/** Counts the items of a source by effect, of so many at most. */
export async function countItems(
  db: Db,
  run: RunOfItems,
  source: ItemSource,
  { most, seen }: { readonly most: number; readonly seen: Seen },
): Promise<readonly ItemCount[]> {
  const { rows } = await sql<ItemCount>`
    select effect, count(*)::int8 as items,
      case when bool_or(stands is not null) then count(*) filter (where stands)::int8 end as standing
    from (
      select i.effect, i.stands from (${source.standing ?? sql`select *, null::boolean as stands from (${source.rows}) r`}) i
        join coppice.run_partitions p on p.run_no = ${run.no} and p.no = i.part
      where ${isSeen(seen, sql`${run.job}::text`, sql`p.partition`)} limit ${sql.lit(most)}
    ) i group by effect order by effect`.execute(db);
  return rows;
}

const none = sql`null::jsonb`;

function removedRows(runNo: number, table: string, name: string, mapping: CollectionMapping, content: boolean) {
  const whole = sql`(select jsonb_object_agg(v.key, left(v.value, ${sql.lit(longestValue)}))
    from jsonb_each_text(to_jsonb(l)) v where v.key not like 'coppice\\_%')`;
  const selected = (more: RawBuilder<unknown>) =>
    sql`select 'removed' as effect, 'row' as kind, l.coppice_part as part, ${idText('l', mapping)} as id,
      null::text as field, ${content ? whole : none} as before, ${none} as after, l.coppice_refused is not null as refused${more}
    from ${sql.id('coppice', table)} l
    where l.coppice_run = ${runNo} and l.coppice_state is null
      and l.coppice_part in (select no from coppice.run_partitions where run_no = ${runNo} and collection = ${name})`;
  const stands = sql`, exists (select from ${tableRef(mapping.table)} d where ${sameId('d', 'l', mapping)}) as stands`;
  return { rows: selected(sql``), standing: selected(stands) };
}

function graphItems(runNo: number, graph: string, content: boolean) {
  const whole = sql`(select jsonb_object_agg(v.key, left(v.value, ${sql.lit(longestValue)}))
    from jsonb_each_text(case when jsonb_typeof(l.content) = 'object' then l.content end) v)`;
  return sql`select 'removed' as effect, l.kind, l.part_no as part, l.item_id as id, null::text as field,
      ${content ? whole : none} as before, ${none} as after, l.refused is not null as refused
    from coppice.ledger_graph l where l.run_no = ${runNo} and l.graph = ${graph} and l.state is null`;
}

function addedRows(runNo: number, collection: string) {
  return sql`select 'added' as effect, 'row' as kind, a.part_no as part, a.row_id as id, null::text as field,
      ${none} as before, ${none} as after, a.refused is not null as refused
    from coppice.added_rows a where a.run_no = ${runNo} and a.collection = ${collection}`;
}

/** Values of one field of a row, of runs that write several fields and of runs that write one. */
async function changeSources(db: Db, runNo: number, collection: string, content: boolean): Promise<ItemSource[]> {
  const table = `changes_${runNo}_${collection}`;
  const { rows } = await sql<{ fields: boolean }>`
    select exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'field') as fields
    from pg_class c where c.oid = to_regclass(${`coppice."${table}"`})`.execute(db);
  const [found] = rows;
  if (found === undefined) return [];
  const field = found.fields ? sql`c.field` : sql`'score'::text`;
  const value = (column: string) =>
    content ? sql`jsonb_build_object(${field}, left(${sql.ref(`c.${column}`)}, ${sql.lit(longestValue)}))` : none;
  const source = sql`select 'changed' as effect, 'row' as kind, c.part, c.row_id as id, ${field} as field,
      ${value('former')} as before, ${value('stored')} as after, c.refused is not null as refused
    from ${sql.id('coppice', table)} c ${found.fields ? sql`where c.field <> 'none'` : sql``}`;
  return [{ name: table, collection, rows: source }];
}

async function holdsRun(db: Db, table: string, runNo: number): Promise<boolean> {
  const { rows } = await sql`select from ${sql.id('coppice', table)} where coppice_run = ${runNo} limit 1`.execute(db);
  return rows.length > 0;
}
