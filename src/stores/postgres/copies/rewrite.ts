import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idArrays, idText, isOneOfFew } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { fieldOf, requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { proposedMerges } from '../../../state/proposals/proposed-merges.ts';
import { textOf } from '../fields.ts';
import { storedInto, storedOf } from '../rules/stored-values.ts';
import type { LiveTable } from '../table.ts';
import type { Pair } from './judge-copies.ts';

/** Fields of a memory that receive a united text. An undo takes all of them back, or none. */
export const rewrittenFields = ['content', 'content_hash', 'vector'] as const;
export type RewrittenField = (typeof rewrittenFields)[number];
export type RewrittenValues = Readonly<Record<RewrittenField, string | null>>;

/** The text of two memories in one, with its vector, as text. */
export interface UnitedText {
  readonly text: string;
  readonly vector: string;
}

/** United texts of proposals that merge these pairs, by the id of the row that stays. */
export async function unitedTexts(
  tx: Tx,
  { mapping }: LiveTable,
  rule: Rule,
  pairs: readonly Pair[],
): Promise<ReadonlyMap<string, UnitedText>> {
  if (rule.kind !== 'consolidation' || pairs.length === 0 || mapping.vectors.in !== 'row') return new Map();
  const { rows } = await sql<UnitedText & { survivor: string }>`
    select m.survivor, m.united as text, m.vector from ${proposedMerges(mapping.name, rule.states)} m
      join unnest(${pairs.map(({ partition }) => partition)}::text[], ${pairs.map(({ id }) => id)}::text[],
        ${pairs.map(({ survivor }) => survivor)}::text[]) p (partition, id, survivor)
        on p.partition = m.partition and p.id = m.row_id and p.survivor = m.survivor
    where m.united is not null and m.vector is not null`.execute(tx);
  return new Map(rows.map(({ survivor, ...united }) => [survivor, united]));
}

/** The fields of these rows as they are stored. */
export async function readTexts(
  tx: Tx,
  table: LiveTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RewrittenValues>> {
  if (ids.length === 0) return new Map();
  const { mapping } = table;
  const { rows } = await sql<RewrittenValues & { id: string }>`select ${idText('d', mapping)} as id, ${stored(mapping)}
    from ${tableRef(mapping.table)} d where ${isOneOfFew('d', table, ids)}`.execute(tx);
  return new Map(rows.map(({ id, ...values }) => [id, values]));
}

/** Gives locked rows their united texts with vector and hash; returns what the columns return then, by the rows' ids. */
export function writeUnited(
  tx: Tx,
  table: LiveTable,
  united: ReadonlyMap<string, UnitedText>,
): Promise<ReadonlyMap<string, RewrittenValues>> {
  const { mapping } = table;
  const content = requiredField(mapping, 'content');
  const hash = fieldOf(mapping, 'content_hash');
  const asJson = (keys: readonly string[], text: RawBuilder<unknown>) =>
    keys.length === 0 ? sql`${text}` : sql`to_jsonb(${text}::text)::text`;
  const rows = [...united].map(([id, { text, vector }]) => ({ id, content: text, content_hash: null, vector }));
  return write(tx, table, rows, {
    content: asJson(content.keys, sql`v.content`),
    // A row without a hash receives none.
    content_hash:
      hash === null
        ? sql`null`
        : sql`(case when coalesce(${textOf('d', hash)}, '') = '' then ${storedOf('d', hash)} else ${asJson(hash.keys, sql`md5(v.content)`)} end)`,
    vector: sql`v.vector`,
  });
}

/** Gives locked rows their former values. */
export async function writeFormerTexts(
  tx: Tx,
  table: LiveTable,
  former: ReadonlyMap<string, RewrittenValues>,
): Promise<void> {
  const rows = [...former].map(([id, values]) => ({ id, ...values }));
  await write(tx, table, rows, { content: sql`v.content`, content_hash: sql`v.content_hash`, vector: sql`v.vector` });
}

async function write(
  tx: Tx,
  table: LiveTable,
  rows: readonly (RewrittenValues & { readonly id: string })[],
  values: Readonly<Record<RewrittenField, RawBuilder<unknown>>>,
): Promise<ReadonlyMap<string, RewrittenValues>> {
  const { mapping } = table;
  if (rows.length === 0 || mapping.vectors.in !== 'row') return new Map();
  const keys = idColumns(mapping);
  const ids = rows.map(({ id }) => id);
  const arrays = [
    ...idArrays(table, ids),
    ...rewrittenFields.map((name) => sql`${rows.map((row) => row[name])}::text[]`),
  ];
  const names = [...keys.map((_, at) => `key_${at}`), ...rewrittenFields].map((name) => sql.id(name));
  const at = keys.map((column, no) => sql`${columnRef('d', column)} = ${sql.id('v', `key_${no}`)}`);
  const { rows: written } = await sql<RewrittenValues & { id: string }>`
    update ${tableRef(mapping.table)} d set ${assignments(mapping, values)},
      ${sql.id(mapping.vectors.column)} = ${values.vector}::vector
    from unnest(${sql.join(arrays)}) v (${sql.join(names)})
    where ${sql.join(at, sql` and `)} and ${isOneOfFew('d', table, ids)}
    returning ${idText('d', mapping)} as id, ${stored(mapping)}`.execute(tx);
  return new Map(written.map(({ id, ...own }) => [id, own]));
}

/** Text and hash may share a JSON column, which is assigned once. */
function assignments(mapping: CollectionMapping, values: Readonly<Record<RewrittenField, RawBuilder<unknown>>>) {
  const byColumn = new Map<string, RawBuilder<unknown>>();
  for (const name of ['content', 'content_hash'] as const) {
    const field = name === 'content' ? requiredField(mapping, name) : fieldOf(mapping, name);
    if (field === null) continue;
    const before = byColumn.get(field.column) ?? columnRef('d', field.column);
    byColumn.set(field.column, storedInto(field, before, values[name]));
  }
  return sql.join([...byColumn].map(([column, value]) => sql`${sql.id(column)} = ${value}`));
}

function stored(mapping: CollectionMapping): RawBuilder<unknown> {
  const { vectors } = mapping;
  const hash = fieldOf(mapping, 'content_hash');
  const vector = vectors.in === 'row' ? sql`${columnRef('d', vectors.column)}::text` : sql`null::text`;
  return sql`${storedOf('d', requiredField(mapping, 'content'))} as content,
    ${hash === null ? sql`null::text` : storedOf('d', hash)} as content_hash, ${vector} as vector`;
}
