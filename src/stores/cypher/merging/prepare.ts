import { randomUUID } from 'node:crypto';
import { followRelations, type Joined, joinRelations } from '../../../domain/merging/join-relations.ts';
import type { EdgeImage, EdgeRef, ItemChange, MergePair, MergeRecord } from '../../../domain/merging/merge-record.ts';
import { isSame, uniteValues } from '../../../domain/merging/unite.ts';
import type { MergeLimits, NotMerged, Prepared } from '../../ports/graph-merging.ts';
import { isQuotable } from '../names.ts';
import { readTime } from '../time.ts';
import { fromJson, isList } from '../value.ts';
import type { MergedMapping } from './entity-text.ts';
import { ownProperties } from './entity-text.ts';
import {
  heldProperties,
  type ReadEdge,
  type Reading,
  type ReadNode,
  readDocumentRelations,
  readEdges,
  readEdgesTo,
  readNode,
  readVectors,
  UnreadableError,
} from './read.ts';

/** Reads two entities with their edges, and decides what merging them does. Changes nothing. */
export async function prepareMerge(reading: Reading, pair: MergePair, limits: MergeLimits): Promise<Prepared> {
  try {
    const prepared = await prepare(reading, pair, limits);
    return typeof prepared === 'string' ? { refused: prepared } : { record: prepared };
  } catch (error) {
    if (error instanceof UnreadableError) return { refused: 'not_readable' };
    throw error;
  }
}

async function prepare(reading: Reading, pair: MergePair, limits: MergeLimits): Promise<MergeRecord | NotMerged> {
  const [survivor, loser] = [await readNode(reading, pair.survivor), await readNode(reading, pair.loser)];
  if (survivor === null || loser === null) return 'missing';
  if (loser.degree > limits.maxEdges) return 'too_large';
  const edges = await readEdges(reading, pair.loser);
  const others = [...new Set(edges.map(({ other }) => other))];
  const beside = await readEdgesTo(reading, pair.survivor, others, limits.maxEdges);
  if (beside === null) return 'too_large';
  const fate = fateOf(reading, pair, edges, beside);
  if (fate === null) return 'unknown_edges';
  const survivorChanges = uniteValues(survivor.properties, loser.properties, uniteFields(reading, survivor));
  if (!survivorChanges.every(({ name }) => isQuotable(name))) return 'not_readable';
  const record: MergeRecord = {
    ...pair,
    mark: randomUUID(),
    image: { id: pair.loser, content: { labels: loser.labels, properties: loser.properties } },
    survivorChanges,
    moved: fate.moved,
    dropped: fate.dropped,
    changed: [...fate.changed, ...(await documentsThatFollow(reading, fate.dropped, fate.joined))],
    vectors: await vectorsThatFollow(reading, pair),
    degrees: {
      survivor: survivor.degree,
      loser: loser.degree,
      after: survivor.degree + fate.moved.length - edges.filter(leadsTo(reading.mapping, [pair.survivor])).length,
    },
  };
  return JSON.stringify(record).length > limits.maxBytes ? 'too_large' : record;
}

function uniteFields({ mapping }: Reading, survivor: ReadNode) {
  const { name, description, vector } = mapping.merging.entities;
  const kept = ownProperties(mapping);
  if (vector !== null && (survivor.properties[vector] ?? null) !== null) kept.add(vector);
  return { name, description, kept };
}

interface Fate {
  readonly moved: readonly EdgeRef[];
  readonly dropped: readonly EdgeImage[];
  readonly changed: readonly ItemChange[];
  readonly joined: Joined;
}

/**
 * Decides for each edge of the loser whether it moves, is joined or is dropped. `null`: an edge cannot be told from
 * another of the survivor.
 */
function fateOf(
  reading: Reading,
  pair: MergePair,
  edges: readonly ReadEdge[],
  beside: readonly ReadEdge[],
): Fate | null {
  const { place } = reading.mapping;
  const isLoop = leadsTo(reading.mapping, [pair.survivor, pair.loser]);
  const known = [place.mentions.type, ...place.entities.attached];
  const taken = new Set(beside.map(placeKey));
  const joined = joinedRelations(
    reading,
    pair,
    edges.filter((edge) => !isLoop(edge)),
    beside,
  );
  const moved: EdgeRef[] = [];
  const dropped: EdgeImage[] = [];
  const own = new Set<string>();
  for (const { properties, ...edge } of edges) {
    if (isLoop(edge)) {
      dropped.push({ ...edge, content: { properties } });
    } else if (edge.id !== null) {
      if (joined.dropped.has(edge.id)) dropped.push({ ...edge, content: { properties } });
      else moved.push(edge);
    } else {
      const key = placeKey(edge);
      // Two edges of one kind between the same two have nothing by which an undo could tell them apart.
      if (own.has(key) || (taken.has(key) && !known.includes(edge.type))) return null;
      own.add(key);
      if (taken.has(key)) dropped.push({ ...edge, content: { properties } });
      else moved.push(edge);
    }
  }
  const changed = [...joined.changes].map(([id, changes]): ItemChange => ({ kind: 'relation', id, changes }));
  return { moved, dropped, changed, joined };
}

/** Whether an edge leads to one of these entities. A document may have the same id. */
function leadsTo({ place }: MergedMapping, ids: readonly string[]) {
  return ({ label, other }: EdgeRef) => label === place.entities.label && ids.includes(other);
}

function placeKey({ type, out, label, other }: EdgeRef): string {
  return JSON.stringify([type, out, label, other]);
}

function joinedRelations(
  { mapping }: Reading,
  { survivor }: MergePair,
  edges: readonly ReadEdge[],
  beside: readonly ReadEdge[],
): Joined {
  const { place, merging } = mapping;
  const { relations, groups } = place;
  const { vector, source, target, text } = merging.relations;
  const dates = [relations.createdAt?.property];
  const group = groups.by === 'property' ? groups.property : null;
  const ignored = [relations.id, group, vector, source, target, ...dates];
  const toJoin = (ofLoser: boolean) => (edge: ReadEdge) => {
    if (edge.id === null) return [];
    const ends = edge.out ? { source: survivor, target: edge.other } : { source: edge.other, target: survivor };
    const created =
      relations.createdAt === null ? null : fromJson(edge.properties[relations.createdAt.property] ?? null);
    const createdAt = readTime(created, relations.createdAt)?.getTime() ?? null;
    return [{ id: edge.id, ...ends, values: edge.properties, createdAt, ofLoser }];
  };
  return joinRelations([...edges.flatMap(toJoin(true)), ...beside.flatMap(toJoin(false))], {
    text,
    documents: relations.documents,
    ignored: new Set(ignored.filter((one) => one !== null && one !== undefined)),
  });
}

/** Lists of relations in the documents that dropped ones come from. */
async function documentsThatFollow(
  reading: Reading,
  dropped: readonly EdgeImage[],
  joined: Joined,
): Promise<ItemChange[]> {
  const { relations } = reading.mapping.place;
  const field = reading.mapping.merging.documentRelations;
  if (field === null || relations.documents === null) return [];
  const places = new Map<string, string | null>();
  const documents = new Set<string>();
  for (const { id, content } of dropped) {
    if (id === null) continue;
    places.set(id, joined.dropped.get(id) ?? null);
    const named = heldProperties(content)[relations.documents];
    for (const one of isList(named) ? named : [named]) if (typeof one === 'string') documents.add(one);
  }
  const lists = await readDocumentRelations(reading, [...documents].sort());
  return [...lists].flatMap(([id, before]): ItemChange[] => {
    const after = followRelations(before, places);
    return isSame(before, after) ? [] : [{ kind: 'document', id, changes: [{ name: field, before, after }] }];
  });
}

async function vectorsThatFollow(reading: Reading, pair: MergePair): Promise<MergeRecord['vectors']> {
  const vectors = await readVectors(reading, pair);
  const own = vectors.filter(({ ofLoser }) => ofLoser);
  if (own.length === vectors.length) return { moved: own.map(({ id }) => id), dropped: [] };
  if (own.some(({ degree }) => degree > 0)) throw new UnreadableError('a vector has edges');
  return { moved: [], dropped: own.map(({ id, content }) => ({ id, content })) };
}
