import { expect, test } from 'vitest';
import { onlyPartition } from '../../src/activities/sweep/only-partition.ts';
import { catalogue } from '../../src/jobs/index.ts';
import type { Job } from '../../src/jobs/job.ts';

const jobOf = (id: string): Job => {
  const job = catalogue.find((one) => one.id === id);
  if (job === undefined) throw new Error(`there is no job ${id}`);
  return job;
};

test.each(['group-maintenance', 'graph-recompute'])('%s works on one group, however the group is named', (id) => {
  const job = jobOf(id);
  expect(onlyPartition(job, { partition: 'key', parameters: {} })).toBe('key');
  expect(onlyPartition(job, { partition: null, parameters: { group: 'key' } })).toBe('key');
  // As earlier versions started it.
  expect(onlyPartition(job, { parameters: { group: 'key' } })).toBe('key');
  expect(onlyPartition(job, { parameters: { group: null } })).toBeNull();
  expect(onlyPartition(job, { partition: null, parameters: {} })).toBeNull();
});

test.each(['ttl-cleanup', 'health-check'])('%s refuses to be for one partition, since it works on all', (id) => {
  const job = jobOf(id);
  expect(onlyPartition(job, { parameters: {} })).toBeNull();
  expect(() => onlyPartition(job, { partition: 'key', parameters: {} })).toThrow(
    expect.objectContaining({ name: 'InvalidInputError' }),
  );
});
