import { canonicalJson } from '../../domain/canonical-json.ts';
import type { GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage, GraphItem } from '../../domain/graph-item.ts';
import type { GraphNodes } from '../../domain/graph-mapping.ts';
import { byKind, itemKey } from '../ports/graph-items.ts';
import { type CypherMapping, isQuotable, quoted } from './names.ts';
import type { Dialect, Run } from './session.ts';
import { idOf } from './stale.ts';
import { groupText, property } from './text.ts';
import { datesText } from './time.ts';
import { type CypherValue, isList, isMap, jsonOf, mapOf, type Row } from './value.ts';

/** In this order they go back: ends before the edges that join them. */
export const restoreOrder: readonly GraphItemKind[] = ['entity', 'mention', 'relation', 'vector'];

export type Properties = { readonly [key: string]: CypherValue };

/** A relationship that goes with an entity and comes back with it. Its other end is a node of the same group. */
export interface Attached {
  readonly type: string;
  /** Whether it leads away from the entity. */
  readonly out: boolean;
  readonly label: string;
  readonly id: string;
  readonly properties: Properties;
}

/** The form in which an image's `content` is kept, decoded. */
export type Content =
  | {
      readonly kind: 'entity' | 'vector';
      readonly labels: readonly string[];
      readonly properties: Properties;
      readonly attached: readonly Attached[];
    }
  | { readonly kind: 'relation'; readonly source: string; readonly target: string; readonly properties: Properties }
  | { readonly kind: 'mention'; readonly properties: Properties };

/** Parameters that name items of one kind in a group. */
export function itemParameter(stored: string, item: GraphItem): { readonly [key: string]: CypherValue } {
  if (item.kind !== 'mention') return { grp: stored, key: itemKey(item), id: item.id };
  const [document, entity] = JSON.parse(item.id) as [string, string];
  return { grp: stored, key: itemKey(item), document, entity };
}

/**
 * Items as they stand, whole. Left out is what cannot be named (two of one id), and what could not be put back exactly: a
 * value that the store does not give back whole, a label that no query can name.
 */
export async function fetchImages(
  run: Run,
  dialect: Dialect,
  mapping: CypherMapping,
  stored: string,
  items: readonly GraphItem[],
): Promise<GraphImage[]> {
  const images: GraphImage[] = [];
  for (const [kind, some] of byKind(items)) {
    if (kind === 'vector' && mapping.place.vectors === null) continue;
    const rows = await run(imageText(dialect, mapping, kind), {
      groups: [stored],
      attached: mapping.place.entities.attached,
      items: some.map((item) => itemParameter(stored, item)),
    });
    const seen = new Map<string, GraphImage | null>();
    for (const row of rows) {
      const id = idOf(kind, row);
      if (id !== null) seen.set(id, seen.has(id) ? null : imageOf(dialect, mapping, kind, id, stored, row));
    }
    images.push(...[...seen.values()].filter((image) => image !== null));
  }
  return images;
}

function imageText(dialect: Dialect, mapping: CypherMapping, kind: GraphItemKind): string {
  const { documents, entities, mentions, relations, vectors } = mapping.place;
  const groups = groupText(mapping);
  const inGroup = (alias: string) => `${groups.within(alias)} AND ${groups.ofItem(alias, 'item')}`;
  const returned = (
    alias: string,
    dated: { createdAt: { property: string } | null; deprecatedAt?: { property: string } | null },
  ) =>
    `${dialect.properties(alias)} AS properties, ${property(alias, dated.createdAt?.property)} AS created,
     ${property(alias, dated.deprecatedAt?.property)} AS deprecated`;
  if (kind === 'mention') {
    return `UNWIND $items AS item
      MATCH (d:${quoted(documents.label)})-[r:${quoted(mentions.type)}]->(e:${quoted(entities.label)})
      WHERE ${inGroup('d')} AND ${property('d', documents.id)} = item.document AND ${property('e', entities.id)} = item.entity
        AND ${groups.same('e', 'd')} AND ${groups.same('r', 'd')}
      RETURN item.document AS document, item.entity AS entity, ${returned('r', mentions)}`;
  }
  if (kind === 'relation') {
    return `UNWIND $items AS item
      MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${inGroup('r')} AND ${property('r', relations.id)} = item.id
      WITH item, r, startNode(r) AS a, endNode(r) AS b
      WHERE a:${quoted(entities.label)} AND b:${quoted(entities.label)} AND ${groups.same('a', 'r')} AND ${groups.same('b', 'r')}
      RETURN item.id AS id, ${property('a', entities.id)} AS source, ${property('b', entities.id)} AS target,
        ${returned('r', relations)}`;
  }
  const nodes: GraphNodes = kind === 'entity' ? entities : (vectors ?? entities);
  const found = `UNWIND $items AS item
    MATCH (n:${quoted(nodes.label)}) WHERE ${inGroup('n')} AND ${property('n', nodes.id)} = item.id`;
  if (kind === 'vector') return `${found} RETURN item.id AS id, labels(n) AS labels, ${returned('n', nodes)}`;
  return `${found} OPTIONAL MATCH (n)-[t]-(o) WHERE type(t) IN $attached
    WITH item, n, collect(CASE WHEN t IS NULL THEN null ELSE {
      type: type(t), out: startNode(t) = n, labels: labels(o), grp: ${groups.of('o')}, id: ${property('o', nodes.id)},
      properties: ${dialect.properties('t')} } END) AS attached
    RETURN item.id AS id, labels(n) AS labels, attached, ${returned('n', nodes)}`;
}

function imageOf(
  dialect: Dialect,
  mapping: CypherMapping,
  kind: GraphItemKind,
  id: string,
  stored: string,
  row: Row,
): GraphImage | null {
  const properties = dialect.readProperties(row.properties ?? null);
  if (properties === null) return null;
  const dates = datesText(row.created, row.deprecated);
  const image = (content: Record<string, unknown>): GraphImage => ({
    kind,
    id,
    dates,
    content: JSON.stringify({ ...content, properties: jsonOf(properties) }),
  });
  if (kind === 'mention') return image({});
  if (kind === 'relation') {
    const { source, target } = row;
    return typeof source === 'string' && typeof target === 'string' ? image({ source, target }) : null;
  }
  const labels = namesIn(row.labels);
  const attached = (isList(row.attached) ? row.attached : []).map((one) => attachedOf(dialect, stored, one));
  if (labels === null || attached.includes(null)) return null;
  if (kind === 'vector' || mapping.place.entities.attached.length === 0) return image({ labels });
  const sorted = attached.map((one) => ({ ...one, properties: jsonOf(one?.properties ?? {}) }));
  return image({ labels, attached: sorted.sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1)) });
}

function attachedOf(dialect: Dialect, stored: string, value: CypherValue): Attached | null {
  if (!isMap(value)) return null;
  const { type, out, id, grp } = value;
  const properties = dialect.readProperties(value.properties ?? null);
  const [label] = namesIn(value.labels) ?? [];
  if (typeof type !== 'string' || typeof id !== 'string' || grp !== stored || label === undefined) return null;
  return properties === null ? null : { type, out: out === true, label, id, properties };
}

function namesIn(value: CypherValue | undefined): string[] | null {
  if (!isList(value)) return null;
  const names = value.filter((one): one is string => typeof one === 'string' && isQuotable(one));
  return names.length === value.length ? names.sort() : null;
}

/** Whether two images of one item hold the same, in whatever order a database returns the keys. */
export function isSame(a: GraphImage, b: GraphImage): boolean {
  return a.content === b.content || canonicalJson(JSON.parse(a.content)) === canonicalJson(JSON.parse(b.content));
}

export function contentOf({ kind, content: text }: GraphImage): Content {
  const content: Record<string, unknown> = JSON.parse(text);
  const properties = mapOf(content.properties);
  if (kind === 'mention') return { kind, properties };
  if (kind === 'relation') return { kind, properties, source: String(content.source), target: String(content.target) };
  const attached = (Array.isArray(content.attached) ? content.attached : []) as (Omit<Attached, 'properties'> & {
    properties: unknown;
  })[];
  return {
    kind,
    properties,
    labels: Array.isArray(content.labels) ? content.labels.map(String) : [],
    attached: attached.map((one) => ({ ...one, properties: mapOf(one.properties) })),
  };
}
