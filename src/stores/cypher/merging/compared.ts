import { typeFieldOf } from '../../../domain/merging/merge-fields.ts';
import type { ComparedEntity, DescribedEntity } from '../../ports/graph-merging.ts';
import { quoted } from '../names.ts';
import { placeOf } from '../places.ts';
import type { CypherSession } from '../session.ts';
import { groupText, property } from '../text.ts';
import { readTime } from '../time.ts';
import { type CypherValue, isList, type Row } from '../value.ts';
import {
  comparableProperties,
  type MergedMapping,
  ownProperties,
  textOf,
  typeOf,
  typeText,
  vectorOf,
} from './entity-text.ts';

const pageSize = 1_000;
const mostNeighbours = 20;

/** Entities of one group in the order of their ids. */
export async function* comparedEntities(
  session: CypherSession,
  mapping: MergedMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ComparedEntity[]> {
  const { graph, groups } = placeOf(mapping, group);
  const { entities } = mapping.place;
  const id = property('e', entities.id);
  const deprecated = property('e', entities.deprecatedAt?.property);
  const { vector, pinned } = mapping.merging.entities;
  const query = `MATCH (e:${quoted(entities.label)})
    WHERE ${groupText(mapping).within('e')} AND ${deprecated} IS NULL AND ($first OR ${id} > $after)
    WITH e ORDER BY ${id} LIMIT $limit OPTIONAL MATCH (e)-[r]-() WITH e, count(DISTINCT r) AS degree
    RETURN ${columns(mapping)}, ${property('e', vector)} AS vector, ${property('e', pinned)} AS pinned, degree ORDER BY id`;
  for (let last: CypherValue | null = null; ; ) {
    const page = { groups, ...bound(mapping), first: last === null, after: last ?? '', limit: BigInt(pageSize) };
    const rows: Row[] = await session.read(graph, query, page, signal);
    const found = rows.flatMap((row) => {
      const one = describedOf(mapping, row);
      const own = { vector: vectorOf(row.vector), degree: Number(row.degree ?? 0), isPinned: row.pinned === true };
      return one === null ? [] : [{ ...one, ...own }];
    });
    if (found.length > 0) yield found;
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.id ?? null;
  }
}

export async function describedEntities(
  session: CypherSession,
  mapping: MergedMapping,
  group: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<DescribedEntity[]> {
  const { graph, groups } = placeOf(mapping, group);
  const { entities, relations } = mapping.place;
  const label = quoted(entities.label);
  const query = `MATCH (e:${label}) WHERE ${groupText(mapping).within('e')} AND ${property('e', entities.id)} IN $ids
    OPTIONAL MATCH (e)-[:${quoted(relations.type)}]-(o:${label})
    WITH e, collect(DISTINCT ${property('o', mapping.merging.entities.name)}) AS neighbours
    RETURN ${columns(mapping)}, neighbours`;
  const rows = await session.read(graph, query, { groups, ids, ...bound(mapping) }, signal);
  return rows.flatMap((row) => {
    const one = describedOf(mapping, row);
    const names = (isList(row.neighbours) ? row.neighbours : []).filter((name) => typeof name === 'string').sort();
    return one === null ? [] : [{ ...one, neighbours: names.slice(0, mostNeighbours) }];
  });
}

function columns(mapping: MergedMapping): string {
  const { place, merging } = mapping;
  const { name, description, properties } = merging.entities;
  const compared = properties === null ? 'NOT k IN $own' : 'k IN $compared';
  return `${property('e', place.entities.id)} AS id, ${typeText(mapping, 'e')} AS type, ${property('e', name)} AS name,
    ${property('e', description)} AS text, ${property('e', place.entities.createdAt?.property)} AS created,
    [k IN keys(e) WHERE ${compared} | [k, e[k]]] AS properties`;
}

function bound(mapping: MergedMapping) {
  const { description, vector, properties, pinned = null } = mapping.merging.entities;
  const fields = [description, vector, pinned, typeFieldOf(mapping.merging.entities)];
  const own = [...ownProperties(mapping), ...fields.filter((one) => one !== null)];
  return { own, compared: properties ?? [] };
}

/** `null`: an id that is no text cannot be named. */
function describedOf(mapping: MergedMapping, row: Row): Omit<DescribedEntity, 'neighbours'> | null {
  if (typeof row.id !== 'string') return null;
  return {
    ...{ id: row.id, type: typeOf(mapping, row.type), name: textOf(row.name), text: textOf(row.text) },
    properties: comparableProperties(row.properties),
    createdAt: readTime(row.created, mapping.place.entities.createdAt),
  };
}
