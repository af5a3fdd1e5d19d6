import type { Dated, EdgeFacts, GraphItemKind, Spoken, VectorFacts } from '../../domain/collectors.ts';
import { type CypherMapping, quoted } from './names.ts';
import { beyond, groupText, property } from './text.ts';
import { readTime } from './time.ts';
import type { Row } from './value.ts';

/**
 * Facts about items that the rules of `domain/collectors.ts` judge, read from the store. A page leaves out items that
 * cannot be stale, for which the presence of a date is enough; the rules themselves compare dates, so that every form
 * of date and both dialects agree with them.
 */
export interface FactsText {
  /** Clauses that end with the facts in scope. */
  readonly clauses: string;
  /** Names of the facts, without `grp` and those of the item's key. */
  readonly facts: readonly string[];
  /** Expressions that make up the item's key, in the order of pages. */
  readonly key: readonly (readonly [name: string, expression: string])[];
  /** The element itself. */
  readonly alias: string;
}

/** `pages`: those of `$groups` that may be stale. `items`: those bound as `item`, whatever they are. */
export type Form = 'pages' | 'items';

export function factsOf(mapping: CypherMapping, kind: GraphItemKind, form: Form): FactsText | null {
  if (kind === 'relation') return relationFacts(mapping, form);
  if (kind === 'mention') return mentionFacts(mapping, form);
  if (kind === 'entity') return entityFacts(mapping, form);
  return mapping.place.vectors === null ? null : vectorFacts(mapping, form);
}

function relationFacts(mapping: CypherMapping, form: Form): FactsText {
  const { relations, entities, documents } = mapping.place;
  const groups = groupText(mapping);
  const id = property('r', relations.id);
  const key = [['id', id] as const];
  const [carried, where] = head(mapping, form, 'r', key);
  const named = relations.documents === null ? '[]' : `coalesce([] + ${property('r', relations.documents)}, [])`;
  // Labels are looked at afterwards: a planner that sees them in the pattern scans them before the relation's index.
  const clauses = `MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${where}
    WITH ${carried}r, startNode(r) AS a, endNode(r) AS b
    WHERE a:${quoted(entities.label)} AND b:${quoted(entities.label)} AND ${groups.same('a', 'r')} AND ${groups.same('b', 'r')}
    WITH ${carried}r, a, b, ${named} AS names
    UNWIND (CASE size(names) WHEN 0 THEN [null] ELSE names END) AS name
    OPTIONAL MATCH (d:${quoted(documents.label)}) WHERE ${property('d', documents.id)} = name AND ${groups.same('d', 'r')}
    WITH ${carried}r, a, b, size(names) AS named, count(d) AS standing,
      collect(${property('d', documents.deprecatedAt?.property)}) AS dates
    ${form === 'items' ? '' : `WHERE ${property('r', relations.deprecatedAt?.property)} IS NOT NULL OR (named > 0 AND standing = size(dates))`}`;
  const facts = [
    `${property('a', entities.id)} AS source`,
    `${property('b', entities.id)} AS target`,
    ...['named', 'standing', 'dates'],
    ...ownDates('r', relations),
  ];
  return { clauses, facts, key, alias: 'r' };
}

function mentionFacts(mapping: CypherMapping, form: Form): FactsText {
  const { documents, entities, mentions } = mapping.place;
  const groups = groupText(mapping);
  const key = [['document', property('d', documents.id)] as const, ['entity', property('e', entities.id)] as const];
  const [carried, where] = head(mapping, form, 'd', key);
  const date = property('d', documents.deprecatedAt?.property);
  const clauses = `MATCH (d:${quoted(documents.label)})-[r:${quoted(mentions.type)}]->(e:${quoted(entities.label)})
    WHERE ${where} AND ${groups.same('e', 'd')} AND ${groups.same('r', 'd')}
    ${form === 'items' ? '' : `AND ${date} IS NOT NULL`}
    WITH ${carried}r, d, e, 1 AS named, 1 AS standing, [date IN [${date}] WHERE date IS NOT NULL] AS dates`;
  const facts = [`${property('e', entities.id)} AS target`, 'named', 'standing', 'dates', ...ownDates('r', mentions)];
  return { clauses, facts, key, alias: 'r' };
}

/** `degree`: relationships of every type but those that go with an entity. */
function entityFacts(mapping: CypherMapping, form: Form): FactsText {
  const { entities } = mapping.place;
  const key = [['id', property('e', entities.id)] as const];
  const [carried, where] = head(mapping, form, 'e', key);
  const clauses = `MATCH (e:${quoted(entities.label)}) WHERE ${where}
    OPTIONAL MATCH (e)-[edge]-() WHERE NOT type(edge) IN $attached
    WITH ${carried}e, count(DISTINCT edge) AS degree
    ${form === 'items' ? '' : 'WHERE degree = 0'}`;
  return { clauses, facts: ['degree', ...ownDates('e', entities)], key, alias: 'e' };
}

function vectorFacts(mapping: CypherMapping, form: Form): FactsText {
  const { vectors, documents, entities } = mapping.place;
  if (vectors === null) throw new Error('the graph has no vectors');
  const groups = groupText(mapping);
  const key = [['id', property('v', vectors.id)] as const];
  const [carried, where] = head(mapping, form, 'v', key);
  const [document, entity] = [property('v', vectors.document), property('v', vectors.entity)];
  const candidate = `WHERE ${property('v', vectors.deprecatedAt?.property)} IS NOT NULL
    OR (named = 1 AND standing = size(dates)) OR (owned = 1 AND owners = 0)`;
  const clauses = `MATCH (v:${quoted(vectors.label)}) WHERE ${where}
    OPTIONAL MATCH (d:${quoted(documents.label)}) WHERE ${property('d', documents.id)} = ${document} AND ${groups.same('d', 'v')}
    WITH ${carried}v, count(d) AS standing, collect(${property('d', documents.deprecatedAt?.property)}) AS dates
    OPTIONAL MATCH (e:${quoted(entities.label)}) WHERE ${property('e', entities.id)} = ${entity} AND ${groups.same('e', 'v')}
    WITH ${carried}v, standing, dates, count(e) AS owners, CASE WHEN ${document} IS NULL THEN 0 ELSE 1 END AS named,
      CASE WHEN ${entity} IS NULL THEN 0 ELSE 1 END AS owned
    ${form === 'items' ? '' : candidate}`;
  return {
    clauses,
    facts: ['named', 'standing', 'dates', 'owned', 'owners', ...ownDates('v', vectors)],
    key,
    alias: 'v',
  };
}

function head(
  mapping: CypherMapping,
  form: Form,
  alias: string,
  key: FactsText['key'],
): [carried: string, where: string] {
  const groups = groupText(mapping);
  if (form === 'items') {
    const one = key.map(([name, expression]) => `${expression} = item.${name}`).join(' AND ');
    return ['item, ', `${groups.ofItem(alias, 'item')} AND ${groups.within(alias)} AND ${one}`];
  }
  const columns = [
    [groups.of(alias), 'after_grp'] as const,
    ...key.map(([name, of]) => [of, `after_${name}`] as const),
  ];
  return ['', `${groups.within(alias)} AND ($first OR ${beyond(columns)})`];
}

function ownDates(alias: string, dated: { createdAt: Field; deprecatedAt?: Field }): string[] {
  return [
    `${property(alias, dated.createdAt?.property)} AS created`,
    `${property(alias, dated.deprecatedAt?.property)} AS deprecated`,
  ];
}

type Field = { readonly property: string } | null;

export function entityOf({ place }: CypherMapping, row: Row): Dated {
  const { createdAt, deprecatedAt } = place.entities;
  return { createdAt: readTime(row.created, createdAt), deprecatedAt: readTime(row.deprecated, deprecatedAt) };
}

/** Reads an edge from a row of a relation or a mention. In this kind of store an edge cannot exist without its ends. */
export function edgeOf(mapping: CypherMapping, kind: 'relation' | 'mention', row: Row): EdgeFacts {
  const { relations, mentions } = mapping.place;
  const own = kind === 'relation' ? relations : { ...mentions, deprecatedAt: null };
  return {
    createdAt: readTime(row.created, own.createdAt),
    deprecatedAt: readTime(row.deprecated, own.deprecatedAt),
    endsStand: true,
    documents: spokenOf(mapping, row),
  };
}

export function vectorOf(mapping: CypherMapping, row: Row): VectorFacts {
  const { vectors } = mapping.place;
  const [document] = spokenOf(mapping, row);
  return {
    createdAt: readTime(row.created, vectors?.createdAt ?? null),
    deprecatedAt: readTime(row.deprecated, vectors?.deprecatedAt ?? null),
    ...(document === undefined ? {} : { document }),
    ...(row.owned === 1n ? { entityStands: row.owners !== 0n } : {}),
  };
}

/** Documents that are named and gone, those that stand with a date, and those that stand without. */
function spokenOf({ place }: CypherMapping, { named, standing, dates }: Row): Spoken[] {
  const written = Array.isArray(dates) ? dates : [];
  const gone = Math.max(0, Number(named) - Number(standing));
  const live = Number(standing) - written.length;
  const known = (deprecatedAt: Date | null) => ({ createdAt: null, deprecatedAt });
  return [
    ...Array.from({ length: live }, () => known(null)),
    ...written.map((date) => known(readTime(date, place.documents.deprecatedAt))),
    ...Array.from({ length: gone }, () => null),
  ];
}
