import { expect, it } from 'vitest';
import { resolveParameters } from '../../src/activities/sweep/parameters.ts';
import { loadConfig } from '../../src/config/load.ts';

const settingsOf = (id: string) => {
  const found = loadConfig({}).jobs.find(({ job }) => job.id === id);
  if (found === undefined) throw new Error(`there is no job ${id}`);
  return found;
};

it('a rule that is switched off stays off: null is no default', () => {
  expect(resolveParameters(settingsOf('ttl-cleanup'), { max_age_days: null }).max_age_days).toBeNull();
  expect(resolveParameters(settingsOf('ttl-cleanup'), {}).max_age_days).toBe(90);
});

it('a group that is null is refused, and not taken for all', () => {
  expect(() => resolveParameters(settingsOf('group-maintenance'), { group: null })).toThrow(/group/);
});
