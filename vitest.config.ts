import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { quickFiles } from './test/support/quick.ts';

/** `npm test` runs the quick part of the tests: no faults, one end-to-end path per job, no server that takes long to start. */
const quick = process.env.COPPICE_TEST_SERVERS === 'quick';

/** A project is recognised by the suffix of its files: `runs.stores.test.ts` belongs to `stores`. */
function project(name: string, include: readonly string[] = [`test/**/*.${name}.test.ts`]) {
  const isUnit = name === 'unit';
  const servers = isUnit ? [] : ['test/support/servers-setup.ts'];
  // Unit tests leave nothing behind in their process: what several files import is loaded once for all of them.
  return { extends: true as const, test: { name, include: [...include], globalSetup: servers, isolate: !isUnit } };
}

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('stores'),
      project('e2e', quick ? quickFiles : undefined),
      ...(quick ? [] : [project('faults')]),
    ],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Two cores, and most files have servers and child processes of their own.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
