import type { GraphItemKind } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import { contentOf, itemParameter } from './images.ts';
import { type CypherMapping, quoted } from './names.ts';
import type { Run } from './session.ts';
import { groupText, property } from './text.ts';
import type { CypherValue } from './value.ts';

/**
 * Takes the write locks of items and of the documents that they come from, until the transaction ends: a property that
 * is written over with itself changes nothing and keeps everybody else waiting. A transaction that joins an edge to a
 * locked node waits when it commits; the server ends one of the two, and ours is tried again.
 */
export async function lockItems(
  run: Run,
  mapping: CypherMapping,
  stored: string,
  kind: GraphItemKind,
  images: readonly GraphImage[],
): Promise<void> {
  const { documents, entities, mentions, relations, vectors } = mapping.place;
  const groups = groupText(mapping);
  const inGroup = (alias: string) => `${groups.within(alias)} AND ${groups.ofItem(alias, 'item')}`;
  const items = images.map((image) => itemParameter(stored, image)).sort(byKey);
  const touch = async (match: string, alias: string, id: string, some: readonly Named[]) => {
    if (some.length === 0) return;
    await run(`UNWIND $items AS item MATCH ${match} SET ${id} = ${id} RETURN count(${alias}) AS locked`, {
      groups: [stored],
      items: some,
    });
  };
  const names = documentsOf(mapping, kind, images).map((id) => ({ grp: stored, id }));
  const document = property('d', documents.id);
  await touch(`(d:${quoted(documents.label)}) WHERE ${inGroup('d')} AND ${document} = item.id`, 'd', document, names);
  if (kind === 'mention') {
    const pair = `${property('d', documents.id)} = item.document AND ${property('e', entities.id)} = item.entity`;
    const group = groups.of('r');
    await touch(
      `(d:${quoted(documents.label)})-[r:${quoted(mentions.type)}]->(e:${quoted(entities.label)}) WHERE ${inGroup('d')} AND ${inGroup('r')} AND ${pair}`,
      'r',
      group,
      items,
    );
    return;
  }
  if (kind === 'relation') {
    const id = property('r', relations.id);
    await touch(`()-[r:${quoted(relations.type)}]->() WHERE ${inGroup('r')} AND ${id} = item.id`, 'r', id, items);
    return;
  }
  const nodes = kind === 'entity' ? entities : vectors;
  if (nodes === null) return;
  const id = property('n', nodes.id);
  await touch(`(n:${quoted(nodes.label)}) WHERE ${inGroup('n')} AND ${id} = item.id`, 'n', id, items);
}

type Named = { readonly [key: string]: CypherValue };

/** In one order always, so that two who lock the same do not wait for each other. */
function byKey(a: Named, b: Named): number {
  return String(a.key) < String(b.key) ? -1 : 1;
}

function documentsOf({ place }: CypherMapping, kind: GraphItemKind, images: readonly GraphImage[]): string[] {
  const property = {
    relation: place.relations.documents,
    vector: place.vectors?.document ?? null,
    mention: null,
    entity: null,
  }[kind];
  const named = images.flatMap((image): CypherValue[] => {
    if (kind === 'mention') return [itemParameter('', image).document ?? null];
    const value = property === null ? null : (contentOf(image).properties[property] ?? null);
    return Array.isArray(value) ? [...value] : [value as CypherValue];
  });
  return [...new Set(named.filter((id) => typeof id === 'string'))].sort();
}
