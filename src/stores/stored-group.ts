import type { GraphMapping } from '../domain/graph-mapping.ts';
import { EmptyScopeError } from './ports/errors.ts';

/** A group as the store has it: the mapping gives a stored empty one a name of its own. */
export function storedGroup(mapping: GraphMapping, group: string): string {
  if (group === '') throw new EmptyScopeError('group');
  return group === mapping.emptyGroup ? '' : group;
}

export function storedGroups(mapping: GraphMapping, groups: readonly string[]): string[] {
  if (groups.length === 0) throw new EmptyScopeError('groups');
  return groups.map((group) => storedGroup(mapping, group));
}

/** The name by which what is stored is known; `null`: it belongs to no group. */
export function knownGroup(mapping: GraphMapping, stored: string | null): string | null {
  if (stored === null) return null;
  return stored === '' ? mapping.emptyGroup : stored;
}
