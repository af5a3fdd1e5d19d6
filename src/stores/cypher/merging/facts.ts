import { randomUUID } from 'node:crypto';
import { followRelations } from '../../../domain/merging/join-relations.ts';
import type { ItemChange, MergePair, MergeRecord } from '../../../domain/merging/merge-record.ts';
import { isSame, uniteValues } from '../../../domain/merging/unite.ts';
import type { ComparedFact, MergeLimits, Prepared } from '../../ports/graph-merging.ts';
import { fenced } from '../fence.ts';
import { isQuotable, quoted } from '../names.ts';
import { placeOf } from '../places.ts';
import type { CypherSession } from '../session.ts';
import { groupText, property } from '../text.ts';
import { readTime } from '../time.ts';
import { type CypherValue, fromJson, isList, type Row, toJson } from '../value.ts';
import { type MergedMapping, matchEntity, textOf, vectorOf } from './entity-text.ts';
import { type Work, workParameters } from './mark.ts';
import { heldProperties, propertiesOf, type Reading, readDocumentRelations } from './read.ts';

const pageSize = 1_000;

/** Facts of one group in the order of their ids. */
export async function* comparedFacts(
  session: CypherSession,
  mapping: MergedMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ComparedFact[]> {
  const { graph, groups } = placeOf(mapping, group);
  const { entities, relations } = mapping.place;
  const { name, text, vector, validFrom, validTo } = mapping.merging.relations;
  if (text === null) return;
  const id = property('r', relations.id);
  const of = (field: string | null | undefined) => property('r', field);
  const query = `MATCH (a)-[r:${quoted(relations.type)}]->(b) WHERE ${groupText(mapping).within('r')}
      AND ${of(text)} IS NOT NULL AND ${of(relations.deprecatedAt?.property)} IS NULL
      AND ${of(archivedProperty(mapping))} IS NULL AND ($first OR ${id} > $after)
    RETURN ${id} AS id, ${of(name)} AS name, ${of(text)} AS text, ${of(vector)} AS vector,
      ${property('a', entities.id)} AS source, ${property('b', entities.id)} AS target, ${of(validFrom)} AS since,
      ${of(validTo)} AS until, ${of(relations.createdAt?.property)} AS created, ${of(relations.documents)} AS documents
    ORDER BY id LIMIT $limit`;
  for (let last: CypherValue | null = null; ; ) {
    const page = { groups, first: last === null, after: last ?? '', limit: BigInt(pageSize) };
    const rows: Row[] = await session.read(graph, query, page, signal);
    const facts = rows.flatMap((row) => factOf(mapping, row));
    if (facts.length > 0) yield facts;
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.id ?? null;
  }
}

function factOf({ place }: MergedMapping, row: Row): ComparedFact[] {
  const { id, source, target, since = null, until = null, documents } = row;
  if (typeof id !== 'string' || typeof source !== 'string' || typeof target !== 'string') return [];
  const name = textOf(row.name);
  // A list of documents is united; where there is one document, facts of different ones are not compared.
  const from = documents === undefined || isList(documents) ? null : documents;
  return [
    {
      ...{ id, name, text: textOf(row.text), vector: vectorOf(row.vector) },
      place: JSON.stringify([source, target, name, toJson(since), toJson(until), toJson(from)]),
      createdAt: readTime(row.created, place.relations.createdAt),
      documents: isList(documents) ? documents.length : 1,
    },
  ];
}

/** A fact that was archived is compared with none: merging it would archive the other one. */
function archivedProperty({ merging: { relations } }: MergedMapping): string | null {
  const { archivedAt } = relations;
  return archivedAt !== undefined && 'property' in archivedAt ? archivedAt.property : null;
}

interface ReadFact {
  readonly source: string;
  readonly target: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const matchFact = (mapping: MergedMapping) =>
  `MATCH (a)-[r:${quoted(mapping.place.relations.type)}]->(b)
   WHERE ${groupText(mapping).within('r')} AND ${property('r', mapping.place.relations.id)} = $id`;

async function readFact({ run, dialect, mapping, stored }: Reading, id: string): Promise<ReadFact | null> {
  const { entities } = mapping.place;
  const rows = await run(
    `${matchFact(mapping)} RETURN ${property('a', entities.id)} AS source, ${property('b', entities.id)} AS target,
       ${dialect.properties('r')} AS properties`,
    { groups: [stored], id },
  );
  const [row, second] = rows;
  if (row === undefined || second !== undefined) return null;
  const { source, target } = row;
  if (typeof source !== 'string' || typeof target !== 'string') return null;
  return { source, target, properties: propertiesOf(dialect, row.properties) };
}

/** Reads two facts, and decides what merging them does. Changes nothing. */
export async function prepareFacts(reading: Reading, pair: MergePair, limits: MergeLimits): Promise<Prepared> {
  const { mapping } = reading;
  const { relations, groups } = mapping.place;
  const { vector, source, target, text, name, validFrom, validTo } = mapping.merging.relations;
  const [survivor, loser] = [await readFact(reading, pair.survivor), await readFact(reading, pair.loser)];
  if (survivor === null || loser === null) return { refused: 'missing' };
  const isUnited = Array.isArray(survivor.properties[relations.documents ?? '']);
  const agree = [name, validFrom, validTo, archivedProperty(mapping), isUnited ? null : relations.documents].every(
    (field) => field === null || isSame(survivor.properties[field] ?? null, loser.properties[field] ?? null),
  );
  if (survivor.source !== loser.source || survivor.target !== loser.target || !agree) return { refused: 'changed' };
  const kept = new Set([relations.id, ...[text, source, target].flatMap((field) => field ?? [])]);
  if (groups.by === 'property') kept.add(groups.property);
  if (relations.createdAt !== null) kept.add(relations.createdAt.property);
  if (vector !== null && (survivor.properties[vector] ?? null) !== null) kept.add(vector);
  const survivorChanges = [
    ...uniteValues(survivor.properties, loser.properties, { name: relations.id, description: null, kept }),
    ...olderDate(mapping, survivor, loser),
  ];
  if (!survivorChanges.every((change) => isQuotable(change.name))) return { refused: 'not_readable' };
  const record: MergeRecord = {
    ...{ kind: 'fact', survivor: pair.survivor, loser: pair.loser, mark: randomUUID() },
    image: { id: pair.loser, content: { source: loser.source, target: loser.target, properties: loser.properties } },
    survivorChanges,
    ...{ moved: [], dropped: [], vectors: { moved: [], dropped: [] }, degrees: { survivor: 0, loser: 0, after: 0 } },
    changed: await documentsThatFollow(reading, pair, loser),
  };
  return JSON.stringify(record).length > limits.maxBytes ? { refused: 'too_large' } : { record };
}

/** The one that stays is as old as the older of the two. */
function olderDate({ place }: MergedMapping, survivor: ReadFact, loser: ReadFact) {
  const { createdAt } = place.relations;
  if (createdAt === null) return [];
  const [before, after] = [survivor, loser].map(({ properties }) => properties[createdAt.property] ?? null);
  const [own, given] = [before, after].map((value) => readTime(fromJson(value ?? null), createdAt));
  const isOlder = given != null && own != null && given < own;
  return isOlder ? [{ name: createdAt.property, before, after }] : [];
}

async function documentsThatFollow(reading: Reading, pair: MergePair, loser: ReadFact): Promise<ItemChange[]> {
  const { relations } = reading.mapping.place;
  const field = reading.mapping.merging.documentRelations;
  if (field === null || relations.documents === null) return [];
  const named = fromJson(loser.properties[relations.documents] ?? null);
  const documents = (isList(named) ? named : [named]).filter((one) => typeof one === 'string');
  const lists = await readDocumentRelations(reading, documents);
  return [...lists].flatMap(([id, before]): ItemChange[] => {
    const after = followRelations(before, new Map([[pair.loser, pair.survivor]]));
    return isSame(before, after) ? [] : [{ kind: 'document', id, changes: [{ name: field, before, after }] }];
  });
}

/** Deletes a fact that is as it was read; returns whether it does not exist now. */
export async function dropFact(work: Work, { loser, image }: MergeRecord): Promise<boolean> {
  const shape = heldProperties(image.content);
  await work.run(
    `${fenced} ${matchFact(work.mapping)} AND ${work.dialect.sameProperties('r', '$same', shape)}
     DELETE r RETURN 1 AS dropped`,
    workParameters(work, { id: loser, same: work.dialect.boundProperties(shape) }),
  );
  return (await readFact(work, loser)) === null;
}

/** Creates a fact again between its ends, where it does not exist. Both ends do. */
export async function createFact(work: Work, { loser, image }: MergeRecord): Promise<void> {
  if ((await readFact(work, loser)) !== null) return;
  const properties = heldProperties(image.content);
  const { source, target } = factEnds(image.content);
  await work.run(
    `${fenced} ${matchEntity(work.mapping, 'a', 'source')} ${matchEntity(work.mapping, 'b', 'target')}
     CREATE (a)-[made:${quoted(work.mapping.place.relations.type)}]->(b)
     ${work.dialect.setProperties('made', '$item', properties)} RETURN count(made) AS made`,
    workParameters(work, { source, target, item: work.dialect.boundProperties(properties) }),
  );
}

export function factEnds(content: unknown): { readonly source: string; readonly target: string } {
  const held = typeof content === 'object' && content !== null ? content : {};
  const source = 'source' in held ? String(held.source) : '';
  return { source, target: 'target' in held ? String(held.target) : '' };
}

/** Whether both facts exist, the one that is removed as it was read. */
export async function areAsRead(work: Work, record: MergeRecord): Promise<boolean> {
  const [survivor, loser] = [await readFact(work, record.survivor), await readFact(work, record.loser)];
  if (survivor === null || loser === null) return false;
  const before = record.survivorChanges.every((one) => isSame(survivor.properties[one.name] ?? null, one.before));
  return before && isSame(loser.properties, contentProperties(record.image.content));
}

function contentProperties(content: unknown): object {
  const held = typeof content === 'object' && content !== null && 'properties' in content ? content.properties : null;
  return typeof held === 'object' && held !== null ? held : {};
}

/** Locks both facts, in the order of their ids, where the store can. */
export async function lockFacts(work: Work, { survivor, loser }: MergePair): Promise<void> {
  const id = property('r', work.mapping.place.relations.id);
  for (const one of [survivor, loser].sort()) {
    await work.run(
      `${matchFact(work.mapping)} SET ${id} = ${id} RETURN count(r) AS locked`,
      workParameters(work, { id: one }),
    );
  }
}
