import type { EdgeImage, EdgeRef, ItemChange, MergeRecord, ValueChange } from '../../../domain/merging/merge-record.ts';
import { fenced } from '../fence.ts';
import { quoted, quotedAsFound } from '../names.ts';
import { groupText, property, setEach } from '../text.ts';
import { type CypherValue, fromJson } from '../value.ts';
import { matchEntity } from './entity-text.ts';
import { type Work, workParameters } from './mark.ts';
import { heldProperties, idProperty } from './read.ts';

/** Statements of a merge and of its undo. Each may be repeated: what it does is then done already. */

/** Moves edges from one entity to another, with all their properties; returns how many it found. */
export async function moveEdges(
  work: Work,
  edges: readonly EdgeRef[],
  { from, to }: { readonly from: string; readonly to: string },
): Promise<number> {
  const { source, target } = work.mapping.merging.relations;
  let moved = 0;
  for (const [key, alike] of Map.groupBy(edges, ({ type, out, label, id }) =>
    JSON.stringify([type, out, label, id === null]),
  )) {
    const [first] = alike;
    if (first === undefined) throw new Error(`no edge is like ${key}`);
    const named = first.out ? source : target;
    const end = first.id !== null && named !== null ? `SET made.${quoted(named)} = $to` : '';
    const [left, right] = first.out ? ['-', '->'] : ['<-', '-'];
    const rows = await work.run(
      `${fenced} ${matchEntity(work.mapping, 'f', 'from')} ${matchEntity(work.mapping, 't', 'to')}
       MATCH (f)${left}[r:${quotedAsFound(first.type)}]${right}(o) WHERE ${edgeIs(work, first)}
       WITH t, r, o, properties(r) AS held DELETE r CREATE (t)${left}[made:${quotedAsFound(first.type)}]${right}(o)
       SET made = held ${end} RETURN count(made) AS moved`,
      workParameters(work, { from, to, ids: alike.map(({ id, other }) => id ?? other) }),
    );
    moved += Number(rows[0]?.moved ?? 0);
  }
  return moved;
}

/** Edge `r` to node `o` is one of those bound as `$ids`. */
function edgeIs({ mapping }: Work, { id, label }: EdgeRef): string {
  if (id !== null) return `${property('r', mapping.place.relations.id)} IN $ids`;
  return `o:${quotedAsFound(label)} AND ${property('o', idProperty(mapping, label))} IN $ids`;
}

/** Deletes edges of the loser that are as they were read. */
export async function dropEdges(work: Work, loser: string, edges: readonly EdgeImage[]): Promise<void> {
  const texts = Map.groupBy(edges, (edge) => {
    const shape = heldProperties(edge.content);
    const [left, right] = edge.out ? ['-', '->'] : ['<-', '-'];
    const is = edge.id === null ? otherIs(work, edge) : `${property('r', work.mapping.place.relations.id)} = item.id`;
    return `${fenced} ${matchEntity(work.mapping, 'f', 'loser')} UNWIND $items AS item
      MATCH (f)${left}[r:${quotedAsFound(edge.type)}]${right}(o)
      WHERE ${is} AND ${work.dialect.sameProperties('r', 'item.same', shape)} DELETE r RETURN count(item) AS dropped`;
  });
  for (const [text, alike] of texts) {
    const items = alike.map(({ id, other, content }) => ({
      ...{ id: id ?? '', other },
      same: work.dialect.locks ? null : work.dialect.boundProperties(heldProperties(content)),
    }));
    await work.run(text, workParameters(work, { loser, items }));
  }
}

function otherIs({ mapping }: Work, { label }: EdgeRef): string {
  return `o:${quotedAsFound(label)} AND ${property('o', idProperty(mapping, label))} = item.other`;
}

/** Creates dropped edges of the loser again, where they do not exist. Their other ends do. */
export async function createEdges(work: Work, loser: string, edges: readonly EdgeImage[]): Promise<void> {
  const groups = groupText(work.mapping);
  const texts = Map.groupBy(edges, (edge) => {
    const shape = heldProperties(edge.content);
    const [left, right] = edge.out ? ['-', '->'] : ['<-', '-'];
    const same = edge.id === null ? '' : `WHERE ${property('r', work.mapping.place.relations.id)} = item.id`;
    return `${fenced} ${matchEntity(work.mapping, 'f', 'loser')} UNWIND $items AS item
      MATCH (o:${quotedAsFound(edge.label)})
      WHERE ${groups.within('o')} AND ${property('o', idProperty(work.mapping, edge.label))} = item.other
      OPTIONAL MATCH (f)${left}[r:${quotedAsFound(edge.type)}]${right}(o) ${same}
      WITH f, o, item, count(r) AS standing WHERE standing = 0
      CREATE (f)${left}[made:${quotedAsFound(edge.type)}]${right}(o)
      ${work.dialect.setProperties('made', 'item.set', shape)} RETURN count(made) AS made`;
  });
  for (const [text, alike] of texts) {
    const items = alike.map(({ id, other, content }) => ({
      ...{ id: id ?? '', other },
      set: work.dialect.boundProperties(heldProperties(content)),
    }));
    await work.run(text, workParameters(work, { loser, items }));
  }
}

/** Writes values of one node or relation where they are as expected, or written already. Returns whether they are. */
export async function writeValues(
  work: Work,
  of: { readonly kind: 'entity' | ItemChange['kind']; readonly id: string },
  changes: readonly ValueChange[],
): Promise<boolean> {
  const { entities, documents, relations } = work.mapping.place;
  const within = groupText(work.mapping).within('x');
  const found = {
    entity: `MATCH (x:${quoted(entities.label)}) WHERE ${within} AND ${property('x', entities.id)} = $id`,
    document: `MATCH (x:${quoted(documents.label)}) WHERE ${within} AND ${property('x', documents.id)} = $id`,
    relation: `MATCH ()-[x:${quoted(relations.type)}]->() WHERE ${within} AND ${property('x', relations.id)} = $id`,
  }[of.kind];
  if (changes.length === 0) return true;
  const values = changes.map(({ name, before, after }, at) => {
    const [was, becomes] = [fromJson(before), fromJson(after)];
    const given = (bound: string, value: CypherValue) => work.dialect.value(`$item.${bound}${at}`, value);
    const is = (bound: string, value: CypherValue) =>
      value === null ? `x.${quotedAsFound(name)} IS NULL` : `x.${quotedAsFound(name)} = ${given(bound, value)}`;
    return {
      where: `(${is('before', was)} OR ${is('after', becomes)})`,
      set: `x.${quotedAsFound(name)} = ${given('after', becomes)}`,
      bound: { [`before${at}`]: was, [`after${at}`]: becomes },
    };
  });
  const item = work.dialect.boundProperties(Object.assign({}, ...values.map(({ bound }) => bound)));
  const rows = await work.run(
    `${fenced} ${found} AND ${values.map(({ where }) => where).join(' AND ')}
     ${setEach(
       'x',
       values.map(({ set }) => set),
     )} RETURN count(x) AS written`,
    workParameters(work, { id: of.id, item }),
  );
  return rows[0]?.written === 1n;
}

/** Vectors that are nodes of their own follow to another entity. */
export async function moveVectors(work: Work, ids: readonly string[], from: string, to: string): Promise<void> {
  const { vectors } = work.mapping.place;
  if (ids.length === 0 || vectors === null || vectors.entity === null) return;
  const entity = property('v', vectors.entity);
  await work.run(
    `${fenced} MATCH (v:${quoted(vectors.label)}) WHERE ${groupText(work.mapping).within('v')}
       AND ${property('v', vectors.id)} IN $ids AND ${entity} = $from SET ${entity} = $to RETURN count(v) AS moved`,
    workParameters(work, { ids, from, to }),
  );
}

export async function dropVectors(work: Work, { loser, vectors: { dropped } }: MergeRecord): Promise<void> {
  const { vectors } = work.mapping.place;
  if (dropped.length === 0 || vectors === null || vectors.entity === null) return;
  await work.run(
    `${fenced} MATCH (v:${quoted(vectors.label)}) WHERE ${groupText(work.mapping).within('v')}
       AND ${property('v', vectors.id)} IN $ids AND ${property('v', vectors.entity)} = $loser
     WITH v, ${property('v', vectors.id)} AS id DELETE v RETURN id`,
    workParameters(work, { loser, ids: dropped.map(({ id }) => id) }),
  );
}

export interface CreatedNode {
  readonly label: string;
  readonly idField: string;
  readonly id: string;
  readonly labels: readonly string[];
  readonly content: unknown;
}

/** Creates a node as it was, where none of its id exists. */
export async function createNode(work: Work, { label, idField, id, labels, content }: CreatedNode): Promise<void> {
  const properties = heldProperties(content);
  await work.run(
    `${fenced} OPTIONAL MATCH (n:${quoted(label)}) WHERE ${groupText(work.mapping).within('n')} AND ${property('n', idField)} = $id
     WITH count(n) AS standing WHERE standing = 0
     CREATE (made${labels.map((one) => `:${quotedAsFound(one)}`).join('')})
     ${work.dialect.setProperties('made', '$item', properties)} RETURN count(made) AS made`,
    workParameters(work, { id, item: work.dialect.boundProperties(properties) }),
  );
}
