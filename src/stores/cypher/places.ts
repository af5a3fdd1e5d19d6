import { storedGroups } from '../stored-group.ts';
import type { CypherMapping } from './names.ts';

/** Where groups are: all in one graph, or each in its own. */
export interface Place {
  readonly graph: string | null;
  /** As stored. */
  readonly groups: readonly string[];
}

export function placesOf(mapping: CypherMapping, groups: readonly string[]): Place[] {
  const stored = storedGroups(mapping, groups);
  const way = mapping.place.groups;
  if (way.by === 'property') return [{ graph: null, groups: stored }];
  return stored.map((group) => ({ graph: `${way.prefix}${group}`, groups: [group] }));
}

export function placeOf(mapping: CypherMapping, group: string): Place & { readonly stored: string } {
  const [place] = placesOf(mapping, [group]);
  const stored = place?.groups[0];
  if (place === undefined || stored === undefined) throw new Error('a group is in one place');
  return { ...place, stored };
}
