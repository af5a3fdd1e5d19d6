import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../../database/identifiers.ts';
import type { Tx } from '../../../../database/schema.ts';
import type { MergePair } from '../../../../domain/merging/merge-record.ts';
import type { Values } from '../../../../domain/merging/unite.ts';
import { instant, mentionKey } from '../item-columns.ts';
import { type MergedMapping, text } from './compared.ts';
import { valuesOf } from './values.ts';

export interface ReadRow {
  readonly id: string;
  readonly content: string;
  readonly values: Values;
}

export interface ReadRelation extends ReadRow {
  readonly source: string;
  readonly target: string;
  readonly createdAt: Date | null;
}

export interface ReadMention {
  /** As items of a graph name it. */
  readonly id: string;
  readonly document: string;
  readonly entity: string;
  readonly content: string;
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

/** Relations of the loser, and those of the survivor to the same entities, locked. */
export async function lockRelations(tx: Tx, { place }: MergedMapping, stored: string, pair: MergePair) {
  const { relations } = place;
  const read = async (where: RawBuilder<boolean>) => {
    const { rows } = await sql<Whole & { source: string; target: string; createdAt: Date | null }>`
      select ${text('t', relations.id)} as id, ${text('t', relations.source)} as source,
        ${text('t', relations.target)} as target, ${instant('t', relations.createdAt)} as "createdAt", ${whole}
      from ${tableRef(relations.table)} t where ${text('t', relations.group)} = ${stored} and ${where}
      order by 1 for update`.execute(tx);
    return rows.map((row): ReadRelation => toRow(row));
  };
  const ofLoser = await read(isEnd(relations, [pair.loser]));
  const others = [...new Set(ofLoser.flatMap(({ source, target }) => [source, target]))];
  const among = others.filter((id) => id !== pair.survivor && id !== pair.loser);
  const beside =
    among.length === 0 ? [] : await read(sql`${isEnd(relations, [pair.survivor])} and ${isEnd(relations, among)}`);
  return { ofLoser, beside };
}

/** Mentions of the two, locked. */
export async function lockMentions(tx: Tx, { place }: MergedMapping, stored: string, pair: MergePair) {
  const { mentions } = place;
  if (mentions === null) return [];
  const { rows } = await sql<ReadMention>`select ${mentionKey('t', mentions)} as id,
      ${text('t', mentions.document)} as document, ${text('t', mentions.entity)} as entity, to_jsonb(t)::text as content
    from ${tableRef(mentions.table)} t where ${text('t', mentions.group)} = ${stored}
      and ${text('t', mentions.entity)} = any(${[pair.survivor, pair.loser]}::text[]) order by 1 for update`.execute(
    tx,
  );
  return rows;
}

/** Vectors of the two that are rows of their own, locked. */
export async function lockVectors(tx: Tx, { place }: MergedMapping, stored: string, pair: MergePair) {
  const { vectors } = place;
  if (vectors === null || vectors.entity === null) return [];
  const { rows } = await sql<{ id: string; entity: string; content: string }>`select ${text('t', vectors.id)} as id,
      ${text('t', vectors.entity)} as entity, to_jsonb(t)::text as content
    from ${tableRef(vectors.table)} t where ${text('t', vectors.group)} = ${stored}
      and ${text('t', vectors.entity)} = any(${[pair.survivor, pair.loser]}::text[]) order by 1 for update`.execute(tx);
  return rows;
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
