import { expect, test } from 'vitest';
import { settingsOf } from '../../src/activities/profile-maintenance/settings.ts';

test.each<[string, readonly string[] | null]>([
  ['', null],
  ['u1', ['u1']],
  ['u1, u2,', ['u1', 'u2']],
  ['["Doe, Ann","u2"]', ['Doe, Ann', 'u2']],
  ['[u1', ['[u1']],
  ['[1,2]', ['[1', '2]']],
])('entity_id %s names the entities %j', (given, entities) => {
  expect(settingsOf({ entity_id: given }).filter.entities).toEqual(entities);
});
