import type { GraphMapping } from '../domain/graph-mapping.ts';
import { EmptyScopeError } from '../domain/store-errors.ts';

/**
 * A stored empty group is handled under the name that the mapping gives it (`empty_group`). A group that is stored under
 * that very name is handled under a longer one, so that no two stored groups ever have one name:
 *
 *   stored ''                 handled as 'default'
 *   stored 'default'          handled as 'default (named)'
 *   stored 'default (named)'  handled as 'default (named) (named)'
 */
const mark = ' (named)';

/** A group as the store has it. */
export function storedGroup({ emptyGroup }: GraphMapping, group: string): string {
  if (group === '') throw new EmptyScopeError('group');
  if (group === emptyGroup) return '';
  return isMarked(emptyGroup, group) ? group.slice(0, -mark.length) : group;
}

export function storedGroups(mapping: GraphMapping, groups: readonly string[]): string[] {
  if (groups.length === 0) throw new EmptyScopeError('groups');
  return groups.map((group) => storedGroup(mapping, group));
}

/** The name under which what is stored is handled; `null`: it belongs to no group. */
export function knownGroup({ emptyGroup }: GraphMapping, stored: string | null): string | null {
  if (stored === null) return null;
  if (stored === '') return emptyGroup;
  return isMarked(emptyGroup, stored) ? `${stored}${mark}` : stored;
}

/** The name of the empty group, with any number of marks. */
function isMarked(emptyGroup: string | null, group: string): boolean {
  if (emptyGroup === null || !group.startsWith(emptyGroup)) return false;
  const rest = group.slice(emptyGroup.length);
  return rest === mark.repeat(rest.length / mark.length);
}
