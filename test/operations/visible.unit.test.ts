import { describe, expect, it } from 'vitest';
import { wholeView } from '../../src/domain/access.ts';
import { requireWholeView, seenByCollection, seenByJob } from '../../src/operations/access/visible.ts';

const kinds = ['workspace', 'group', 'user', 'entity', 'organisation'];

/** A job for each kind of partition, each on a collection of its own, and jobs of two kinds on the collection `shared`. */
const config = {
  jobs: [
    ...kinds.map((partition) => ({ job: { id: `by-${partition}`, partition }, collections: [`of-${partition}`] })),
    { job: { id: 'by-team', partition: 'organisation' }, collections: ['shared'] },
    { job: { id: 'by-person', partition: 'user' }, collections: ['shared'] },
    { job: { id: 'task', partition: null }, collections: [] },
  ],
  collections: [...kinds.map((kind) => ({ name: `of-${kind}` })), { name: 'shared' }],
  graphs: [],
};

describe('access of a limited token', () => {
  it.each([
    ['workspaces', ['by-workspace']],
    ['groups', ['by-group']],
    ['users', ['by-user', 'by-person']],
    ['entities', ['by-entity']],
  ] as const)('%s: partitions of the jobs that work by them, and no others', (list, jobs) => {
    const view = { ...wholeView, [list]: ['anna'] };
    expect(seenByJob({ parts: { config }, view })).toEqual(jobs.map((of) => ({ of, partition: 'anna' })));
    expect(() => requireWholeView(view)).toThrow('limited to some of its partitions');
  });

  it('of a collection only where all its jobs work by one kind of partition', () => {
    const seen = seenByCollection({ parts: { config }, view: { ...wholeView, users: ['anna'] } });
    expect(seen).toEqual([{ of: 'of-user', partition: 'anna' }]);
  });

  it('everything where there is no limit', () => {
    expect(seenByJob({ parts: { config }, view: wholeView })).toBeNull();
    expect(() => requireWholeView(wholeView)).not.toThrow();
  });
});
