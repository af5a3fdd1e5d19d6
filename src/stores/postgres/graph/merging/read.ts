import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../../database/identifiers.ts';
import type { Tx } from '../../../../database/schema.ts';
import type { MergePair } from '../../../../domain/merging/merge-record.ts';
import type { Values } from '../../../../domain/merging/unite.ts';
import { slices } from '../../../slices.ts';
import { type ItemTable, isOneOf } from '../images.ts';
import { instant, mentionKey } from '../item-columns.ts';
import { type MergedMapping, text } from './compared.ts';
import { valuesOf } from './values.ts';

const contentsAtOnce = 500;

export interface ReadRelation {
  readonly id: string;
  /** Without the vector. */
  readonly values: Values;
  readonly source: string;
  readonly target: string;
  readonly createdAt: Date | null;
}

export interface ReadMention {
  /** As items of a graph name it. */
  readonly id: string;
  readonly document: string;
  readonly entity: string;
}

/** Limits of the edges that a merge reads: rows, and bytes of their values without vectors. */
export interface ReadLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** Content of row `t` as JSON text, and of each of its columns. */
const whole = sql`to_jsonb(t)::text as content, (select jsonb_object_agg(c.key, c.value::text)
  from jsonb_each(to_jsonb(t)) c where c.value <> 'null') as texts`;

interface Whole {
  readonly id: string;
  readonly content: string;
  readonly texts: Record<string, string>;
}

function toRow<T extends Whole>({ texts, ...row }: T): Omit<T, 'texts'> & { readonly values: Values } {
  return { ...row, values: valuesOf(texts) };
}

/** The two entities, locked in the order of their ids until the transaction ends. */
export async function lockEntities(tx: Tx, mapping: MergedMapping, stored: string, pair: MergePair) {
  const { entities } = mapping.place;
  const { rows } = await sql<Whole>`select ${text('t', entities.id)} as id, ${whole}
    from ${tableRef(entities.table)} t where ${text('t', entities.group)} = ${stored}
      and ${text('t', entities.id)} = any(${[pair.survivor, pair.loser]}::text[]) order by 1 for update`.execute(tx);
  const byId = new Map(rows.map((row) => [row.id, toRow(row)]));
  return { survivor: byId.get(pair.survivor) ?? null, loser: byId.get(pair.loser) ?? null };
}

export async function countEdges(tx: Tx, { place }: MergedMapping, stored: string, id: string): Promise<number> {
  const { mentions, relations } = place;
  const mentioned =
    mentions === null
      ? sql`0`
      : sql`(select count(*) from ${tableRef(mentions.table)} m
          where ${text('m', mentions.group)} = ${stored} and ${text('m', mentions.entity)} = ${id})`;
  const { rows } = await sql<{
    edges: number;
  }>`select (${mentioned} + (select count(*) from ${tableRef(relations.table)} t
      where ${text('t', relations.group)} = ${stored} and ${isEnd(relations, [id])}))::int8 as edges`.execute(tx);
  return rows[0]?.edges ?? 0;
}

function isEnd(relations: { source: string; target: string }, ids: readonly string[]): RawBuilder<boolean> {
  return sql`(${text('t', relations.source)} = any(${[...ids]}::text[]) or ${text('t', relations.target)} = any(${[...ids]}::text[]))`;
}

/**
 * Relations of the loser, and those of the survivor to the same entities, locked. `null`: there is more than may be read. A
 * survivor may have any number of edges: of its others nothing is read.
 */
export async function lockRelations(
  tx: Tx,
  { place, merging }: MergedMapping,
  stored: string,
  pair: MergePair,
  limits: ReadLimits,
) {
  const { relations } = place;
  const { vector } = merging.relations;
  const given = vector === null ? sql`to_jsonb(t)` : sql`to_jsonb(t) - ${vector}::text`;
  const read = async (where: RawBuilder<boolean>) => {
    const { rows } = await sql<
      Omit<Whole, 'content'> & { source: string; target: string; createdAt: Date | null; fits: boolean }
    >`
      with locked as materialized (
        select ${text('t', relations.id)} as id, ${text('t', relations.source)} as source,
          ${text('t', relations.target)} as target, ${instant('t', relations.createdAt)} as "createdAt", ${given} as given
        from ${tableRef(relations.table)} t where ${text('t', relations.group)} = ${stored} and ${where}
        order by 1 limit ${limits.rows + 1} for update
      ), sized as (
        select *, sum(octet_length(given::text)) over (order by id) <= ${limits.bytes}
          and row_number() over (order by id) <= ${limits.rows} as fits from locked
      )
      select id, source, target, "createdAt", fits, case when fits then (select jsonb_object_agg(c.key, c.value::text)
        from jsonb_each(given) c where c.value <> 'null') end as texts from sized order by id`.execute(tx);
    if (rows.some(({ fits }) => !fits)) return null;
    return rows.map(({ fits: _, texts, ...row }): ReadRelation => ({ ...row, values: valuesOf(texts) }));
  };
  const ofLoser = await read(isEnd(relations, [pair.loser]));
  if (ofLoser === null) return null;
  const others = [...new Set(ofLoser.flatMap(({ source, target }) => [source, target]))];
  const among = others.filter((id) => id !== pair.survivor && id !== pair.loser);
  const beside =
    among.length === 0 ? [] : await read(sql`${isEnd(relations, [pair.survivor])} and ${isEnd(relations, among)}`);
  return beside === null ? null : { ofLoser, beside };
}

/** Mentions of the loser, and those of the survivor in the same documents, locked. */
export async function lockMentions(tx: Tx, { place }: MergedMapping, stored: string, pair: MergePair) {
  const { mentions } = place;
  if (mentions === null) return [];
  const ofLoser = sql`select ${text('o', mentions.document)} from ${tableRef(mentions.table)} o
    where ${text('o', mentions.group)} = ${stored} and ${text('o', mentions.entity)} = ${pair.loser}`;
  const { rows } = await sql<ReadMention>`select ${mentionKey('t', mentions)} as id,
      ${text('t', mentions.document)} as document, ${text('t', mentions.entity)} as entity
    from ${tableRef(mentions.table)} t where ${text('t', mentions.group)} = ${stored}
      and (${text('t', mentions.entity)} = ${pair.loser}
        or (${text('t', mentions.entity)} = ${pair.survivor} and ${text('t', mentions.document)} in (${ofLoser})))
    order by 1 for update`.execute(tx);
  return rows;
}

/** Ids of vectors of the loser that are rows of their own, locked, and whether the survivor has one. */
export async function lockVectors(tx: Tx, { place }: MergedMapping, stored: string, pair: MergePair) {
  const { vectors } = place;
  if (vectors === null || vectors.entity === null) return { ids: [], survivorHasOne: false };
  const { table, group, entity } = { ...vectors, entity: vectors.entity };
  const ofEntity = (id: string) =>
    sql`from ${tableRef(table)} t where ${text('t', group)} = ${stored} and ${text('t', entity)} = ${id}`;
  const { rows } = await sql<{ id: string }>`select ${text('t', vectors.id)} as id ${ofEntity(pair.loser)}
    order by 1 for update`.execute(tx);
  const others = await sql`select ${ofEntity(pair.survivor)} limit 1 for update`.execute(tx);
  return { ids: rows.map(({ id }) => id), survivorHasOne: others.rows.length > 0 };
}

/** Contents of locked rows by id, of which `where` is true; `null`: they are larger than the ledger may keep of one merge. */
export async function contentsOf(
  tx: Tx,
  of: ItemTable,
  stored: string,
  ids: readonly string[],
  maxBytes: number,
  where: RawBuilder<boolean> = sql`true`,
): Promise<ReadonlyMap<string, string> | null> {
  const contents = new Map<string, string>();
  let left = maxBytes;
  for (const some of slices(ids, contentsAtOnce)) {
    const items = some.map((id) => ({ kind: of.kind, id, stored }));
    const { rows } = await sql<{ id: string; content: string | null; bytes: number }>`
      select id, bytes::int8 as bytes, case when bytes <= ${left} then content end as content
      from (select id, content, sum(octet_length(content)) over (order by id) as bytes
        from (select ${of.id} as id, to_jsonb(t)::text as content from ${tableRef(of.table.table)} t
          where ${isOneOf(of, items)} and ${where}) r) s order by id`.execute(tx);
    for (const { id, content } of rows) {
      if (content === null) return null;
      contents.set(id, content);
    }
    left -= rows.at(-1)?.bytes ?? 0;
  }
  return contents;
}

/** Two facts, locked in the order of their ids. */
export async function lockFacts(tx: Tx, { place }: MergedMapping, stored: string, pair: MergePair) {
  const { relations } = place;
  const { rows } = await sql<Whole & { createdAt: Date | null }>`select ${text('t', relations.id)} as id,
      ${instant('t', relations.createdAt)} as "createdAt", ${whole}
    from ${tableRef(relations.table)} t where ${text('t', relations.group)} = ${stored}
      and ${text('t', relations.id)} = any(${[pair.survivor, pair.loser]}::text[]) order by 1 for update`.execute(tx);
  const byId = new Map(rows.map((row) => [row.id, toRow(row)]));
  return { survivor: byId.get(pair.survivor) ?? null, loser: byId.get(pair.loser) ?? null };
}
