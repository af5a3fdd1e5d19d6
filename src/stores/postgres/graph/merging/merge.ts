import { type RawBuilder, sql } from 'kysely';
import { sqlState } from '../../../../database/errors.ts';
import { quoted, tableRef } from '../../../../database/identifiers.ts';
import type { Tx } from '../../../../database/schema.ts';
import type { TableName } from '../../../../domain/mapping.ts';
import type { EdgeImage, EdgeRef, MergePair, MergeRecord } from '../../../../domain/merging/merge-record.ts';
import { uniteValues } from '../../../../domain/merging/unite.ts';
import type { MergeLimits, NotMerged, Prepared } from '../../../ports/graph-merging.ts';
import { storedGroup } from '../../../stored-group.ts';
import { itemTable } from '../images.ts';
import { type MergedMapping, text } from './compared.ts';
import { prepareFacts } from './facts.ts';
import { fateOfMentions, fateOfRelations } from './fates.ts';
import { contentsOf, countEdges, lockEntities, lockMentions, lockRelations, lockVectors } from './read.ts';
import { rowText } from './values.ts';

/** A statement changed another number of rows than were read: a trigger or a rule has a part in it. */
class MiscountError extends Error {
  override readonly name = 'MiscountError';
}

/** Merges one pair; where that fails, the transaction is as it was before. */
export async function mergeEntities(
  tx: Tx,
  mapping: MergedMapping,
  group: string,
  pair: MergePair,
  limits: MergeLimits,
): Promise<Prepared> {
  const stored = storedGroup(mapping, group);
  await sql`savepoint merging`.execute(tx);
  try {
    const read = pair.kind === 'fact' ? prepareFacts : prepare;
    const prepared = await read(tx, mapping, stored, pair, limits);
    if (typeof prepared !== 'string') await change(tx, mapping, stored, prepared);
    await sql`release savepoint merging`.execute(tx);
    return typeof prepared === 'string' ? { refused: prepared } : { record: prepared };
  } catch (error) {
    const isConstraint = /^(23|428C9)/.test(sqlState(error) ?? '');
    if (!isConstraint && !(error instanceof MiscountError)) throw error;
    await sql`rollback to savepoint merging`.execute(tx);
    return { refused: isConstraint ? 'constraint' : 'changed' };
  }
}

async function prepare(
  tx: Tx,
  mapping: MergedMapping,
  stored: string,
  pair: MergePair,
  { maxEdges, maxBytes }: MergeLimits,
): Promise<MergeRecord | NotMerged> {
  const { survivor, loser } = await lockEntities(tx, mapping, stored, pair);
  if (survivor === null || loser === null) return 'missing';
  const given = await countEdges(tx, mapping, stored, pair.loser);
  if (given > maxEdges) return 'too_large';
  const relations = await lockRelations(tx, mapping, stored, pair, { rows: maxEdges, bytes: 2 * maxBytes });
  if (relations === null) return 'too_large';
  const mentions = await lockMentions(tx, mapping, stored, pair);
  const vectors = await lockVectors(tx, mapping, stored, pair);
  const ofRelations = fateOfRelations(mapping, pair, relations.ofLoser, relations.beside);
  const ofMentions = fateOfMentions(pair, mentions);
  const moved = [...ofRelations.moved, ...ofMentions.moved];
  const dropped = await imagesOf(tx, mapping, stored, pair, [...ofRelations.dropped, ...ofMentions.dropped], maxBytes);
  const gone = vectors.survivorHasOne ? vectors.ids : [];
  const ofVectors =
    gone.length === 0 ? new Map() : await contentsOf(tx, itemTable(mapping, 'vector'), stored, gone, maxBytes);
  if (dropped === null || ofVectors === null) return 'too_large';
  const loops = relations.ofLoser.filter(({ source, target }) => source === pair.survivor || target === pair.survivor);
  const degree = await countEdges(tx, mapping, stored, pair.survivor);
  const record: MergeRecord = {
    ...pair,
    mark: '',
    image: { id: pair.loser, content: loser.content },
    survivorChanges: uniteValues(survivor.values, loser.values, uniteFields(mapping, survivor.values)),
    ...{ moved, dropped, changed: [] },
    vectors: {
      moved: vectors.survivorHasOne ? [] : vectors.ids,
      dropped: [...ofVectors].map(([id, content]) => ({ id, content })),
    },
    degrees: { survivor: degree, loser: given, after: degree + moved.length - loops.length },
  };
  return JSON.stringify(record).length > maxBytes ? 'too_large' : record;
}

/** Edges that give way, whole; `null`: they are larger than the ledger may keep. */
async function imagesOf(
  tx: Tx,
  mapping: MergedMapping,
  stored: string,
  { loser }: MergePair,
  dropped: readonly EdgeRef[],
  maxBytes: number,
): Promise<EdgeImage[] | null> {
  const images: EdgeImage[] = [];
  for (const [type, some] of Map.groupBy(dropped, (one) => one.type)) {
    const { mentions } = mapping.place;
    const isMention = type === 'mention' && mentions !== null;
    const of = itemTable(mapping, isMention ? 'mention' : 'relation');
    const ids = some.flatMap(({ id }) => id ?? []);
    // No index serves the ids of mentions.
    const ofLoser = isMention ? sql<boolean>`${text('t', mentions.entity)} = ${loser}` : undefined;
    const contents = await contentsOf(tx, of, stored, ids, maxBytes, ofLoser);
    if (contents === null) return null;
    images.push(...some.map((one) => ({ ...one, content: contents.get(one.id ?? '') ?? null })));
  }
  return images;
}

function uniteFields({ place, merging }: MergedMapping, survivor: Readonly<Record<string, unknown>>) {
  const { name, description, vector } = merging.entities;
  const { id, group, createdAt, deprecatedAt } = place.entities;
  const kept = new Set([id, group, name, createdAt?.column ?? id, deprecatedAt?.column ?? id]);
  if (vector !== null && (survivor[vector] ?? null) !== null) kept.add(vector);
  return { name, description, kept };
}

/** Edges that give way are deleted before others take their place, and the loser before the survivor receives its values. */
async function change(tx: Tx, mapping: MergedMapping, stored: string, record: MergeRecord): Promise<void> {
  const { survivor, loser, moved, dropped, vectors } = record;
  const { place } = mapping;
  if (record.kind === 'fact') return changeFacts(tx, mapping, stored, record);
  const byType = (type: string) => (edges: readonly EdgeRef[]) => edges.filter((one) => one.type === type);
  const [relations, mentions] = [byType('relation'), byType('mention')];
  const ids = (edges: readonly EdgeRef[]) => edges.flatMap(({ id }) => id ?? []);
  await deleteRows(tx, place.relations, stored, ids(relations(dropped)));
  const followed = await moveRelations(tx, mapping, stored, relations(moved), loser, survivor);
  if (followed !== relations(moved).length) throw new MiscountError('relations of the loser');
  if (place.mentions !== null) {
    const of = { ...place.mentions, id: place.mentions.document };
    const gone = sql<boolean>`${text('t', of.entity)} = ${loser}`;
    await deleteRows(
      tx,
      of,
      stored,
      mentions(dropped).map(({ other }) => other),
      gone,
    );
    await moveRows(
      tx,
      of,
      stored,
      { column: of.entity, from: loser, to: survivor },
      mentions(moved).map(({ other }) => other),
    );
  }
  if (place.vectors !== null && place.vectors.entity !== null) {
    const at = { column: place.vectors.entity, from: loser, to: survivor };
    await moveRows(tx, place.vectors, stored, at, vectors.moved);
    await deleteRows(
      tx,
      place.vectors,
      stored,
      vectors.dropped.map(({ id }) => id),
    );
  }
  await deleteRows(tx, place.entities, stored, [loser]);
  await writeValues(
    tx,
    place.entities,
    stored,
    survivor,
    record.survivorChanges.map(({ name, after }) => [name, after]),
  );
  const degree = await countEdges(tx, mapping, stored, survivor);
  // Every statement changed the rows that it was to change: only a trigger or a rule can have done more, and where there is
  // none, the application has written edges of the survivor meanwhile.
  if (degree !== record.degrees.after && (await hasTriggers(tx, mapping)))
    throw new MiscountError('edges of the survivor');
}

async function hasTriggers(tx: Tx, { place: { mentions, relations, entities } }: MergedMapping): Promise<boolean> {
  const names = [relations, entities, ...(mentions === null ? [] : [mentions])].map(({ table }) => quoted(table));
  const { rows } = await sql`select from pg_class c where c.oid = any(${names}::text[]::regclass[])
    and (c.relhasrules or exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal
      and t.tgenabled <> 'D'))`.execute(tx);
  return rows.length > 0;
}

async function changeFacts(tx: Tx, { place }: MergedMapping, stored: string, record: MergeRecord): Promise<void> {
  await deleteRows(tx, place.relations, stored, [record.loser]);
  const values = record.survivorChanges.map(({ name, after }) => [name, after] as const);
  await writeValues(tx, place.relations, stored, record.survivor, values);
}

interface Table {
  readonly table: TableName;
  readonly id: string;
  readonly group: string;
}

export async function moveRelations(
  tx: Tx,
  { place: { relations } }: MergedMapping,
  stored: string,
  edges: readonly EdgeRef[],
  from: string,
  to: string,
): Promise<number> {
  const ids = (out: boolean) => edges.filter((one) => one.out === out).flatMap(({ id }) => id ?? []);
  const sources = await moveRows(tx, relations, stored, { column: relations.source, from, to }, ids(true), false);
  const targets = await moveRows(tx, relations, stored, { column: relations.target, from, to }, ids(false), false);
  return sources + targets;
}

/** Rows name another entity from then on. */
export async function moveRows(
  tx: Tx,
  of: Table,
  stored: string,
  { column, from, to }: { readonly column: string; readonly from: string; readonly to: string },
  ids: readonly string[],
  isExact = true,
): Promise<number> {
  if (ids.length === 0) return 0;
  const table = tableRef(of.table);
  const named = sql`(jsonb_populate_record(null::${table}, ${rowText([[column, to]])}::jsonb)).${sql.id(column)}`;
  const { numAffectedRows = 0n } = await sql`update ${table} t set ${sql.id(column)} = ${named}
    where ${text('t', of.group)} = ${stored} and ${text('t', of.id)} = any(${[...ids]}::text[])
      and ${text('t', column)} = ${from}`.execute(tx);
  if (isExact && Number(numAffectedRows) !== ids.length) throw new MiscountError(of.table.name);
  return Number(numAffectedRows);
}

async function deleteRows(
  tx: Tx,
  of: Table,
  stored: string,
  ids: readonly string[],
  where: RawBuilder<boolean> = sql`true`,
): Promise<void> {
  if (ids.length === 0) return;
  const { numAffectedRows = 0n } =
    await sql`delete from ${tableRef(of.table)} t where ${text('t', of.group)} = ${stored}
    and ${text('t', of.id)} = any(${[...ids]}::text[]) and ${where}`.execute(tx);
  if (Number(numAffectedRows) !== ids.length) throw new MiscountError(of.table.name);
}

/** Writes values in the types of their columns. */
export async function writeValues(
  tx: Tx,
  of: Table,
  stored: string,
  id: string,
  values: readonly (readonly [name: string, value: unknown])[],
): Promise<void> {
  if (values.length === 0) return;
  const table = tableRef(of.table);
  const columns = sql.join(values.map(([name]) => sql`${sql.id(name)} = v.${sql.id(name)}`));
  await sql`update ${table} t set ${columns} from jsonb_populate_record(null::${table}, ${rowText(values)}::jsonb) v
    where ${text('t', of.group)} = ${stored} and ${text('t', of.id)} = ${id}`.execute(tx);
}
