import type { GroupsTogether } from '../../ports/groups-together.ts';
import { knownGroup, storedGroup } from '../../stored-group.ts';
import { readGroups } from './read-groups.ts';
import { removeItems } from './remove.ts';
import { publishGroups } from './results.ts';
import type { PostgresMapping } from './scope.ts';
import { staleItems } from './stale.ts';
import { talliesOf } from './tallies.ts';

export function groupsTogether(mapping: PostgresMapping): GroupsTogether {
  return {
    remove: async (tx, rule, items) => {
      const stored = items.map((item) => ({ ...item, stored: storedGroup(mapping, item.group) }));
      const images = await removeItems(tx, mapping, rule, stored);
      return images.map((image) => ({ ...image, group: knownGroup(mapping, image.stored) ?? '' }));
    },
    read: (db, groups) => readGroups(db, mapping, groups),
    publish: (tx, groups) => publishGroups(tx, mapping, groups),
    tallies: (db, groups) => talliesOf(db, mapping, groups),
    stale: (tx, groups, rule) => staleItems(tx, mapping, groups, rule),
  };
}
