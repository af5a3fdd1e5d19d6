import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/assemble.ts';
import { loadConfig } from '../../src/config/load.ts';
import { isSweep } from '../../src/jobs/facts.ts';
import { catalogue } from '../../src/jobs/index.ts';
import * as workflows from '../../src/workflows/index.ts';

describe.each(catalogue)('job $id', (job) => {
  it('has a workflow that the worker knows', () => {
    expect(Object.keys(workflows)).toContain(job.workflow);
  });

  it('is put together with its collections', async () => {
    const ofDocuments = isSweep(job) && job.needs?.documents !== undefined;
    const ofTables = isSweep(job) && job.validity !== true;
    const parts = await assemble(loadConfig({}), 'postgres://nobody@127.0.0.1:1/none', 'test');
    expect(parts.sweepables(job.id).map((one) => one.collection)).toEqual(
      { none: [], graph: ofTables ? ['graph'] : [], rows: ofDocuments ? ['documents'] : [] }[job.target],
    );
    await parts.close();
  });

  it('states a catch-up window for every schedule', () => {
    for (const schedule of job.schedules) expect(schedule.catch_up_window_seconds).toBeGreaterThan(0);
  });
});
