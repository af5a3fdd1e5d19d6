import { describe, expect, it, test } from 'vitest';
import { graphStrategyOf } from '../../src/activities/graph/strategies.ts';
import type { GraphStrategy } from '../../src/activities/graph/strategy.ts';
import { catalogue } from '../../src/jobs/index.ts';
import type { Parameters } from '../../src/jobs/job.ts';
import type { GraphGroup } from '../../src/state/graphs/graph-groups.ts';
import type { GroupTally } from '../../src/stores/ports/graph-census.ts';

const cutoff = new Date('2026-03-01T00:00:00Z');
const tally: GroupTally = {
  ...{ group: 'g', documents: 1, entities: 1, mentions: 1, relations: 0, vectors: 0 },
  digest: 'same',
};
/** As the registry has a group that is collected and computed. */
const settled: GraphGroup = {
  ...{ key: 'key', graph: 'graph', group_id: 'g', version: 3, tally: 'same', items: 2, added_at: cutoff },
  ...{ stale_since: null, stale_reason: null, needs_recompute: false, recompute_since: null },
  ...{
    collected_at: cutoff,
    recomputed_at: cutoff,
    results_hash: 'hash',
    communities: 1,
    recomputes: 1,
    orphans_cleaned: 0,
    failures: 0,
    last_error: null,
  },
};

const termsOf = (parameters: Parameters) => ({ cutoff, parameters, respectHolds: true });

test('every job that sweeps groups has a strategy, and no other has', () => {
  for (const job of catalogue) {
    if (job.partition === 'group') expect(graphStrategyOf(job.id)).toBeDefined();
    else expect(() => graphStrategyOf(job.id)).toThrow(job.id);
  }
});

describe.each([
  ['group-maintenance', { recompute: 'needed' }],
  ['graph-recompute', { scope: 'needed' }],
])('%s', (job, parameters) => {
  const { wants } = graphStrategyOf(job);
  const terms = termsOf(parameters);

  it('leaves a group alone that is as the registry has it', () => {
    expect(wants(terms, tally, settled)).toBe(false);
  });

  it.each<[string, GroupTally, GraphGroup | undefined]>([
    ['the registry does not know', tally, undefined],
    ['holds something else than before', { ...tally, digest: 'other' }, settled],
    ['is to be recomputed', tally, { ...settled, needs_recompute: true }],
  ])('wants a group that %s', (_, now, known) => {
    expect(wants(terms, now, known)).toBe(true);
  });
});

describe('differences between the jobs', () => {
  const [maintenance, recompute] = ['group-maintenance', 'graph-recompute'].map(graphStrategyOf);
  const wants = (strategy: GraphStrategy | undefined, parameters: Parameters, known: GraphGroup, now = tally) =>
    strategy?.wants(termsOf(parameters), now, known);

  it('a group that is stale is for group-maintenance alone', () => {
    const stale = { ...settled, stale_since: cutoff };
    expect(wants(maintenance, { recompute: 'never' }, stale)).toBe(true);
    expect(wants(recompute, { scope: 'needed' }, stale)).toBe(false);
  });

  it('a group whose results are missing is for graph-recompute alone, and only where there were any', () => {
    const missing = { ...tally, resultsMissing: true };
    expect(wants(maintenance, { recompute: 'needed' }, settled, missing)).toBe(false);
    expect(wants(recompute, { scope: 'needed' }, settled, missing)).toBe(true);
    expect(wants(recompute, { scope: 'needed' }, { ...settled, recomputed_at: null }, missing)).toBe(false);
  });

  it('parameters that ask for every group get every group', () => {
    expect(wants(maintenance, { recompute: 'always' }, settled)).toBe(true);
    expect(wants(recompute, { scope: 'all' }, settled)).toBe(true);
  });

  it('a recompute follows a collection according to the parameters', () => {
    const asked = (recompute: string, needs_recompute: boolean) =>
      maintenance?.recomputes(termsOf({ recompute }), { ...settled, needs_recompute });
    expect([asked('needed', true), asked('needed', false)]).toEqual([true, false]);
    expect([asked('always', false), asked('never', true)]).toEqual([true, false]);
    expect(maintenance?.recomputes(termsOf({ recompute: 'needed' }), null)).toBe(true);
  });
});
