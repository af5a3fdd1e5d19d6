import type { CypherMapping } from './names.ts';
import { isOnNodes, resultIndexes } from './result-places.ts';
import type { Index } from './session.ts';

/** Coppice's own nodes, for everybody; the default schema's, for who has none of their own. */
export function wantedIndexes(mapping: CypherMapping): Index[] {
  const { mapped, place } = mapping;
  const own: Index[] = [
    { of: 'node', name: 'CoppiceFence', properties: ['key'], unique: true },
    { of: 'node', name: 'CoppiceGroup', properties: ['graph', 'group'], unique: true },
    ...(isOnNodes(mapping) && place.groups.by === 'property' ? resultIndexes : []),
  ];
  if (mapped || place.groups.by === 'graph') return own;
  const { documents, entities, relations, vectors } = place;
  const group = place.groups.property;
  const both = (of: Index['of'], name: string, id: string): Index[] => [
    { of, name, properties: [group, id], unique: true },
    { of, name, properties: [group], unique: false },
  ];
  return [
    ...own,
    ...[documents, entities, ...(vectors === null ? [] : [vectors])].flatMap(({ label, id }) =>
      both('node', label, id),
    ),
    ...both('relationship', relations.type, relations.id),
  ];
}
