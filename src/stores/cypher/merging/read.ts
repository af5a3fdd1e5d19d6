import type { EdgeRef, MergePair } from '../../../domain/merging/merge-record.ts';
import type { Properties } from '../images.ts';
import { isQuotable, quoted } from '../names.ts';
import type { Dialect, Run } from '../session.ts';
import { groupText, property } from '../text.ts';
import { type CypherValue, isList, jsonOf, mapOf, type Row } from '../value.ts';
import { type MergedMapping, matchEntity } from './entity-text.ts';

export interface ReadNode {
  readonly labels: readonly string[];
  readonly properties: Readonly<Record<string, unknown>>;
  readonly degree: number;
}

export interface ReadEdge extends EdgeRef {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Something of the two cannot be read exactly, or cannot be named: they are not merged. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Where a merge is read or made: one statement after the other, in one group. */
export interface Reading {
  readonly run: Run;
  readonly dialect: Dialect;
  readonly mapping: MergedMapping;
  readonly stored: string;
}

/** `null`: it does not exist, or not once. */
export async function readNode(reading: Reading, id: string): Promise<ReadNode | null> {
  const { run, dialect, mapping, stored } = reading;
  const rows = await run(
    `${matchEntity(mapping, 'e', 'id')} OPTIONAL MATCH (e)-[r]-() WITH e, count(DISTINCT r) AS degree
     RETURN labels(e) AS labels, ${dialect.properties('e')} AS properties, degree`,
    { groups: [stored], id },
  );
  const [row, second] = rows;
  if (row === undefined || second !== undefined) return null;
  return {
    labels: labelsOf(row.labels),
    properties: propertiesOf(dialect, row.properties),
    degree: Number(row.degree ?? 0),
  };
}

/** Every edge of an entity, once. */
export async function readEdges(reading: Reading, id: string): Promise<ReadEdge[]> {
  return edgesOf(reading, id, '', {});
}

/** Edges of an entity that lead to one of these; `null`: there are more than `most`. */
export async function readEdgesTo(
  reading: Reading,
  id: string,
  others: readonly string[],
  most: number,
): Promise<ReadEdge[] | null> {
  if (others.length === 0) return [];
  const { documents, entities } = reading.mapping.place;
  const [document, entity] = [property('o', documents.id), property('o', entities.id)];
  // An edge from the entity to itself is found twice.
  const limit = Number.isFinite(most) ? `WITH e, r, o LIMIT ${2 * most + 1}` : '';
  const where = `WHERE ${entity} IN $others OR ${document} IN $others ${limit}`;
  const found = await edgesOf(reading, id, where, { others });
  return found.length > most ? null : found;
}

async function edgesOf(
  { run, dialect, mapping, stored }: Reading,
  id: string,
  where: string,
  parameters: { readonly [key: string]: CypherValue },
): Promise<ReadEdge[]> {
  const { documents, entities } = mapping.place;
  const rows = await run(
    `${matchEntity(mapping, 'e', 'id')} MATCH (e)-[r]-(o) ${where}
     RETURN id(r) AS no, type(r) AS type, startNode(r) = e AS out, labels(o) AS labels,
       ${groupText(mapping).of('o')} AS grp, ${property('o', entities.id)} AS entity,
       ${property('o', documents.id)} AS document, ${dialect.properties('r')} AS properties`,
    { groups: [stored], id, ...parameters },
  );
  const once = new Map(rows.map((row) => [String(row.no), row]));
  return [...once.values()].map((row) => edgeOf(dialect, mapping, stored, row));
}

function edgeOf(dialect: Dialect, mapping: MergedMapping, stored: string, row: Row): ReadEdge {
  const { relations } = mapping.place;
  const { label, other } = endOf(mapping, row);
  const properties = propertiesOf(dialect, row.properties);
  const type = typeof row.type === 'string' && isQuotable(row.type) ? row.type : null;
  if (type === null || row.grp !== stored) throw new UnreadableError('an edge leads out of the group');
  const id = type === relations.type ? properties[relations.id] : null;
  if (id !== null && typeof id !== 'string') throw new UnreadableError('a relation has no id');
  return { type, id, out: row.out === true, label, other, properties };
}

/** The mapped label of the other end, which its id belongs to. */
function endOf({ place }: MergedMapping, row: Row): { readonly label: string; readonly other: string } {
  const labels = labelsOf(row.labels);
  const [label, id] = labels.includes(place.entities.label)
    ? [place.entities.label, row.entity]
    : labels.includes(place.documents.label)
      ? [place.documents.label, row.document]
      : [labels[0], row.entity];
  if (label === undefined || typeof id !== 'string') throw new UnreadableError('the end of an edge has no id');
  return { label, other: id };
}

/** The property that names a node of this label. */
export function idProperty({ place }: MergedMapping, label: string): string {
  return label === place.documents.label ? place.documents.id : place.entities.id;
}

function labelsOf(value: CypherValue | undefined): string[] {
  const labels = (isList(value) ? value : []).filter((one) => typeof one === 'string');
  if (!labels.every(isQuotable)) throw new UnreadableError('a label cannot be named');
  return labels.sort();
}

export function propertiesOf(dialect: Dialect, value: CypherValue | undefined): Record<string, unknown> {
  const properties = dialect.readProperties(value ?? null);
  if (properties === null) throw new UnreadableError('a value cannot be read exactly');
  return jsonOf(properties);
}

/** Vectors of the two that are nodes of their own, the loser's whole. */
export async function readVectors(
  { run, dialect, mapping, stored }: Reading,
  { survivor, loser }: MergePair,
): Promise<{ readonly id: string; readonly content: unknown; readonly degree: number; readonly ofLoser: boolean }[]> {
  const { vectors } = mapping.place;
  if (vectors === null || vectors.entity === null) return [];
  const entity = property('v', vectors.entity);
  const rows = await run(
    `MATCH (v:${quoted(vectors.label)}) WHERE ${groupText(mapping).within('v')} AND ${entity} IN $ids
     OPTIONAL MATCH (v)-[r]-() WITH v, count(r) AS degree
     RETURN ${property('v', vectors.id)} AS id, ${entity} AS entity, labels(v) AS labels, degree,
       ${dialect.properties('v')} AS properties ORDER BY id`,
    { groups: [stored], ids: [survivor, loser] },
  );
  return rows.map((row) => {
    if (typeof row.id !== 'string') throw new UnreadableError('a vector has no id');
    const content = { labels: labelsOf(row.labels), properties: propertiesOf(dialect, row.properties) };
    return { id: row.id, content, degree: Number(row.degree ?? 0), ofLoser: row.entity === loser };
  });
}

/** Lists of relations that these documents hold. */
export async function readDocumentRelations(
  { run, dialect, mapping, stored }: Reading,
  documents: readonly string[],
): Promise<Map<string, readonly unknown[]>> {
  const field = mapping.merging.documentRelations;
  if (field === null || documents.length === 0) return new Map();
  const { label, id } = mapping.place.documents;
  const rows = await run(
    `MATCH (d:${quoted(label)}) WHERE ${groupText(mapping).within('d')} AND ${property('d', id)} IN $ids
     RETURN ${property('d', id)} AS id, ${dialect.properties('d')} AS properties`,
    { groups: [stored], ids: documents },
  );
  const lists = new Map<string, readonly unknown[]>();
  for (const row of rows) {
    const list = propertiesOf(dialect, row.properties)[field];
    if (typeof row.id === 'string' && Array.isArray(list)) lists.set(row.id, list);
  }
  return lists;
}

/** Properties of a node or an edge that a record holds. */
export function heldProperties(content: unknown): Properties {
  return typeof content === 'object' && content !== null && 'properties' in content ? mapOf(content.properties) : {};
}

export function heldLabels(content: unknown): string[] {
  const labels = typeof content === 'object' && content !== null && 'labels' in content ? content.labels : [];
  return (Array.isArray(labels) ? labels : []).map(String);
}
