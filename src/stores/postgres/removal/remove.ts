import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { hasKey, isOneOf, keysOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { idColumns, singleIdColumn } from '../../../domain/row-id.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import type { Batch, GroupBatch } from '../../ports/batch.ts';
import type { Removal } from '../../ports/row-removal.ts';
import { stillDue } from '../due.ts';
import { textOf } from '../fields.ts';
import { itemsTable, nextItemsSql, widened } from '../items.ts';
import { sparesLinked } from '../rules/links.ts';
import { chunkLedger, documentId, type LiveChunks, type LiveTable, rowLedger, stamp } from '../table.ts';
import { referencedByOthers } from './referenced.ts';
import { attempt, isForeignKeyRefusal } from './refusals.ts';
import { removeCarefully } from './remove-carefully.ts';

/**
 * Removes one batch. One statement finds the rows where the survey saw them, applies the rule again to each as it
 * stands, and deletes it with its chunks into the ledger. Rows that it did not find, because they moved, changed or
 * were locked, are looked at again one lock at a time.
 */
export async function removeBatch(tx: Tx, table: LiveTable, batch: Batch): Promise<Removal> {
  const wide = widened(table, batch);
  const direct = mayGoDirectly(table, batch.rule) ? await removeDirectly(tx, table, only(table, wide)) : null;
  return complete(tx, table, wide, direct);
}

/** Small partitions together: one statement for all of them, and a closer look where one of them needs it. */
export async function removeTogether(
  tx: Tx,
  table: LiveTable,
  group: GroupBatch,
): Promise<ReadonlyMap<number, Removal>> {
  const { runNo, partitions, rule, keep } = group;
  const items = sql`select i.* from ${itemsTable(runNo, table.mapping)} i
    where i.part = any(${partitions.map((one) => one.no)}::int[])`;
  const work = { ...group, items, only: null, except: [] };
  const direct = mayGoDirectly(table, rule) ? await removeDirectly(tx, table, work) : null;
  const removals = new Map<number, Removal>();
  for (const { no, partition } of partitions) {
    const batch = { runNo, partNo: no, partition, rule, keep, after: null, size: allItems };
    removals.set(no, await complete(tx, table, batch, direct));
  }
  return removals;
}

const allItems = 2 ** 31 - 1;

/** Links to a row are looked up once it is locked. */
function mayGoDirectly({ direct, mapping }: LiveTable, rule: Rule): boolean {
  return direct && !sparesLinked(rule, mapping);
}

/** Rows that the one statement found, with the rest looked at again. `null`: the statement could not be used. */
async function complete(
  tx: Tx,
  table: LiveTable,
  batch: Batch,
  direct: ReadonlyMap<number, Removal> | null,
): Promise<Removal> {
  const found = direct === null ? null : (direct.get(batch.partNo) ?? nothing(batch));
  if (found !== null && found.documents === found.seen) return found;
  const rest = await removeCarefully(tx, table, batch);
  return {
    seen: rest.seen,
    after: rest.after,
    documents: rest.documents + (found?.documents ?? 0),
    spared: rest.spared - (found?.documents ?? 0),
    vectors: rest.vectors + (found?.vectors ?? 0),
    children: rest.children,
    kept: rest.kept,
  };
}

function nothing(batch: Batch): Removal {
  return { seen: 0, after: batch.after, documents: 0, spared: 0, vectors: 0, children: 0, kept: [] };
}

interface DirectWork {
  readonly runNo: number;
  readonly rule: Rule;
  readonly keep: boolean;
  readonly items: RawBuilder<unknown>;
  /** The only partition, or `null` where there are several. */
  readonly only: { readonly no: number; readonly partition: string } | null;
  /** Ids of items to leave in place. */
  readonly except: readonly string[];
}

function only(table: LiveTable, batch: Batch): DirectWork {
  return {
    ...batch,
    items: nextItemsSql(table.mapping, batch),
    only: { no: batch.partNo, partition: batch.partition },
    except: [],
  };
}

/**
 * Deletes rows and chunks in one statement, which sees the chunks as they were when it began. A chunk that is added while
 * it waits for a row would be left without its document: there the foreign key that `table.direct` demands objects, and
 * `null` is returned with nothing done. Where rows that stay reference some of the rows, the others are deleted without
 * them. Only a table that nothing references is handled without a savepoint.
 */
async function removeDirectly(
  tx: Tx,
  table: LiveTable,
  work: DirectWork,
): Promise<ReadonlyMap<number, Removal> | null> {
  const { mayRefuse, deferrable } = table.constraints;
  if (table.chunks === null && !mayRefuse) return runDirect(tx, table, work);
  const tried = await attempt(tx, deferrable, () => runDirect(tx, table, work));
  if (tried.done) return tried.result;
  if (!isForeignKeyRefusal(tried.refusal)) return null;
  const stay = await referencedByOthers(
    tx,
    table,
    sql`select ${keysOf('i', table.mapping)} from (${work.items}) i`,
    work,
  );
  if (stay.length === 0) return null;
  // A row is a document here.
  const except = stay.map(({ document }) => document);
  const again = await attempt(tx, deferrable, () => runDirect(tx, table, { ...work, except }));
  return again.done ? again.result : null;
}

async function runDirect(tx: Tx, table: LiveTable, work: DirectWork): Promise<ReadonlyMap<number, Removal>> {
  const { mapping, chunks } = table;
  const vectorColumn = mapping.vectors.in === 'row' ? mapping.vectors.column : null;
  const { rows } = await sql<{ part: number; seen: number; after: string; documents: number; vectors: number }>`
    with batch as materialized (
      select i.place, i.part, i.tid, ${keysOf('i', mapping)}, ${partitionOf(work)} from (${work.items}) i
    ),
    gone as (
      delete from ${tableRef(mapping.table)} d using batch b
      where d.ctid = any(array(select tid from batch)) and ${hasKey('d', mapping, 'b')}
        and ${textOf('d', mapping.partition)} = b.partition and ${stillDue(mapping, work.rule)}
        ${work.except.length === 0 ? sql`` : sql`and not ${isOneOf('d', table, work.except)}`}
      returning ${back(work, 'd', idColumns(mapping), vectorColumn)}, ${stamp(work.runNo, sql`b.part`)}
    )
    ${work.keep ? sql`, row_ledger as (insert into ${rowLedger(table)} select * from gone)` : sql``}
    ${chunks === null ? sql`` : goneChunks(table, chunks, work)}
    select b.part, b.seen, b.after::text as after, coalesce(g.documents, 0) as documents,
      coalesce(v.vectors, 0) as vectors
    from (select part, count(*)::int8 as seen, max(place) as after from batch group by part) b
      left join (select coppice_part as part, count(*)::int8 as documents from gone group by 1) g on g.part = b.part
      left join (${vectorCounts(table, work)}) v on v.part = b.part`.execute(tx);
  return new Map(
    rows.map(({ part, ...found }) => [part, { ...found, spared: found.seen - found.documents, children: 0, kept: [] }]),
  );
}

/** The partition that an item's row must be in still. */
function partitionOf({ runNo, only }: DirectWork): RawBuilder<unknown> {
  if (only !== null) return sql`${only.partition}::text as partition`;
  return sql`(select p.partition from coppice.run_partitions p
    where p.run_no = ${sql.lit(runNo)} and p.no = i.part) as partition`;
}

/** Found by an array, which the planner takes for short: it goes by the index, where a join might scan the table. */
function goneChunks(table: LiveTable, chunks: LiveChunks, work: DirectWork): RawBuilder<unknown> {
  const { place } = chunks;
  const theirs = sql`array(select ${documentId(chunks, columnRef('gone', singleIdColumn(table.mapping)))} from gone)`;
  const kept = sql`, chunk_ledger as (
      insert into ${chunkLedger(chunks)} select g.*, ${stamp(work.runNo, partOfChunk(work))} from ${chunksGone(table, chunks, work)}
    )`;
  return sql`, gone_chunks as (
      delete from ${tableRef(place.table)} c where ${columnRef('c', place.document)} = any(${theirs})
      returning ${back(work, 'c', [place.document], place.vector)}
    )${work.keep ? kept : sql``}`;
}

/** The chunks that went as `g`; among several partitions with their documents, which know theirs, as `r`. */
function chunksGone(table: LiveTable, chunks: LiveChunks, work: DirectWork): RawBuilder<unknown> {
  if (work.only !== null) return sql`gone_chunks g`;
  const id = documentId(chunks, columnRef('r', singleIdColumn(table.mapping)));
  return sql`gone_chunks g join gone r on ${id} = ${columnRef('g', chunks.place.document)}`;
}

function partOfChunk({ only }: DirectWork): RawBuilder<unknown> {
  return only === null ? sql`r.coppice_part` : sql.lit(only.no);
}

/** Columns that a delete returns: the whole row where it is kept, else its id and whether it had a vector. */
function back(work: DirectWork, alias: string, names: readonly string[], vector: string | null): RawBuilder<unknown> {
  if (work.keep) return sql`${sql.id(alias)}.*`;
  const id = sql.join(names.map((name) => columnRef(alias, name)));
  if (vector === null) return id;
  return sql`${id}, case when ${columnRef(alias, vector)} is not null then true end as ${sql.id(counted)}`;
}

const counted = 'coppice_vector';

function vectorCounts(table: LiveTable, work: DirectWork): RawBuilder<unknown> {
  const { mapping, chunks } = table;
  if (chunks !== null) {
    const vector = columnRef('g', work.keep ? chunks.place.vector : counted);
    return sql`select ${partOfChunk(work)} as part, count(${vector})::int8 as vectors
      from ${chunksGone(table, chunks, work)} group by 1`;
  }
  if (mapping.vectors.in !== 'row') return sql`select null::int as part, 0::int8 as vectors`;
  const vector = columnRef('g', work.keep ? mapping.vectors.column : counted);
  return sql`select g.coppice_part as part, count(${vector})::int8 as vectors from gone g group by 1`;
}
