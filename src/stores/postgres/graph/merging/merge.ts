import { type RawBuilder, sql } from 'kysely';
import { sqlState } from '../../../../database/errors.ts';
import { tableRef } from '../../../../database/identifiers.ts';
import type { Tx } from '../../../../database/schema.ts';
import type { TableName } from '../../../../domain/mapping.ts';
import { type JoinedRelation, joinRelations } from '../../../../domain/merging/join-relations.ts';
import type { EdgeImage, EdgeRef, MergePair, MergeRecord } from '../../../../domain/merging/merge-record.ts';
import { uniteValues } from '../../../../domain/merging/unite.ts';
import type { MergeLimits, NotMerged, Prepared } from '../../../ports/graph-merging.ts';
import { storedGroup } from '../../../stored-group.ts';
import { type MergedMapping, text } from './compared.ts';
import { prepareFacts } from './facts.ts';
import {
  countEdges,
  lockEntities,
  lockMentions,
  lockRelations,
  lockVectors,
  type ReadMention,
  type ReadRelation,
} from './read.ts';
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
  limits: MergeLimits,
): Promise<MergeRecord | NotMerged> {
  const { survivor, loser } = await lockEntities(tx, mapping, stored, pair);
  if (survivor === null || loser === null) return 'missing';
  const [degree, given] = [
    await countEdges(tx, mapping, stored, pair.survivor),
    await countEdges(tx, mapping, stored, pair.loser),
  ];
  if (given > limits.maxEdges) return 'too_large';
  const relations = await lockRelations(tx, mapping, stored, pair);
  const mentions = await lockMentions(tx, mapping, stored, pair);
  const vectors = await lockVectors(tx, mapping, stored, pair);
  const ofRelations = fateOfRelations(mapping, pair, relations.ofLoser, relations.beside);
  const ofMentions = fateOfMentions(pair, mentions);
  const own = vectors.filter(({ entity }) => entity === pair.loser);
  const follow = own.length === vectors.length;
  const moved = [...ofRelations.moved, ...ofMentions.moved];
  const loops = relations.ofLoser.filter(({ source, target }) => source === pair.survivor || target === pair.survivor);
  const record: MergeRecord = {
    ...pair,
    mark: '',
    image: { id: pair.loser, content: loser.content },
    survivorChanges: uniteValues(survivor.values, loser.values, uniteFields(mapping, survivor.values)),
    moved,
    dropped: [...ofRelations.dropped, ...ofMentions.dropped],
    changed: [],
    vectors: {
      moved: follow ? own.map(({ id }) => id) : [],
      dropped: follow ? [] : own.map(({ id, content }) => ({ id, content })),
    },
    degrees: { survivor: degree, loser: given, after: degree + moved.length - loops.length },
  };
  return JSON.stringify(record).length > limits.maxBytes ? 'too_large' : record;
}

function uniteFields({ place, merging }: MergedMapping, survivor: Readonly<Record<string, unknown>>) {
  const { name, description, vector } = merging.entities;
  const { id, group, createdAt, deprecatedAt } = place.entities;
  const kept = new Set([id, group, name, createdAt?.column ?? id, deprecatedAt?.column ?? id]);
  if (vector !== null && (survivor[vector] ?? null) !== null) kept.add(vector);
  return { name, description, kept };
}

interface Fate {
  readonly moved: readonly EdgeRef[];
  readonly dropped: readonly EdgeImage[];
}

function fateOfRelations(
  { place, merging }: MergedMapping,
  { survivor, loser }: MergePair,
  ofLoser: readonly ReadRelation[],
  beside: readonly ReadRelation[],
): Fate {
  const { id, group, source, target, createdAt } = place.relations;
  const { vector, text: said } = merging.relations;
  const isLoop = (one: ReadRelation) => [one.source, one.target].every((end) => end === survivor || end === loser);
  const toJoin =
    (own: boolean) =>
    (one: ReadRelation): JoinedRelation => ({
      ...{ id: one.id, values: one.values, createdAt: one.createdAt?.getTime() ?? null, ofLoser: own },
      source: one.source === loser ? survivor : one.source,
      target: one.target === loser ? survivor : one.target,
    });
  const others = ofLoser.filter((one) => !isLoop(one));
  const { dropped } = joinRelations([...others.map(toJoin(true)), ...beside.map(toJoin(false))], {
    text: said,
    documents: null,
    ignored: new Set([id, group, source, target, createdAt?.column ?? id, vector ?? id]),
  });
  const ref = (one: ReadRelation): EdgeRef => {
    const out = one.source === loser;
    return { type: 'relation', id: one.id, out, label: 'entity', other: out ? one.target : one.source };
  };
  const gives = (one: ReadRelation) => isLoop(one) || dropped.has(one.id);
  return {
    moved: ofLoser.filter((one) => !gives(one)).map(ref),
    dropped: ofLoser.filter(gives).map((one) => ({ ...ref(one), content: one.content })),
  };
}

function fateOfMentions({ loser }: MergePair, mentions: readonly ReadMention[]): Fate {
  const taken = new Set(mentions.filter(({ entity }) => entity !== loser).map(({ document }) => document));
  const own = mentions.filter(({ entity }) => entity === loser);
  const ref = ({ id, document }: ReadMention): EdgeRef => {
    return { type: 'mention', id, out: false, label: 'document', other: document };
  };
  return {
    moved: own.filter(({ document }) => !taken.has(document)).map(ref),
    dropped: own.filter(({ document }) => taken.has(document)).map((one) => ({ ...ref(one), content: one.content })),
  };
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
  if (degree !== record.degrees.after) throw new MiscountError('edges of the survivor');
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
