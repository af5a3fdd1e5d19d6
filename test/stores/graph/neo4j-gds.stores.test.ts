import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AlgorithmRequest, EntityResult } from '../../../src/stores/ports/graph-compute.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnNeo4j } from '../../support/neo4j.ts';
import { labelsOf, neo4jPlace, openNeo4jGraph, suiteGraph } from './neo4j-place.ts';
import type { GraphPlace } from './place.ts';

describeOnNeo4j('Graph Data Science', (suite) => {
  const place = suiteGraph(suite);
  const mapping = { name: suite.label('graph'), mapped: false, emptyGroup: null, accept: [], place };
  const request: AlgorithmRequest = {
    ...{ runId: suite.label('run'), algorithm: 'leiden', resolution: 1, maxIterations: 20, maxRankIterations: 100 },
    ...{ damping: 0.85, tolerance: 1e-7, seed: 42, seeds: new Map() },
  };
  let store: GraphStore;
  let opened: GraphPlace;

  beforeAll(async () => {
    store = await openNeo4jGraph(suite.url, mapping);
    await store.ensure();
    await store.probe();
    opened = neo4jPlace(suite, store, labelsOf(place));
  });
  beforeEach(() => opened.clear());
  afterAll(() => store.close());

  const projections = async () =>
    (await suite.query('CALL gds.graph.list() YIELD graphName RETURN graphName AS name'))
      .map((row) => String(row.name))
      .filter((name) => name.includes(request.runId));

  const run = async (group: string, more: Partial<AlgorithmRequest> = {}) => {
    const all = new Map<string, EntityResult>();
    for await (const page of store.compute.algorithms?.run(group, { ...request, ...more }) ?? []) {
      for (const one of page) all.set(one.entity, one);
    }
    return all;
  };

  it.each(['leiden', 'louvain'] as const)(
    '%s finds two cliques, one group at a time, and keeps their numbers',
    async (algorithm) => {
      await opened.load([...cliques('a'), ...cliques('b'), { type: 'entity', group_id: 'a', id: 'alone' }]);
      const sum = await opened.checksum('a');
      const first = await run('a', { algorithm });
      expect([...first.keys()].sort()).toEqual(
        ['alone', ...['x', 'y'].flatMap((name) => [0, 1, 2, 3, 4].map((at) => `${name}${at}`))].sort(),
      );
      expect(membersOf(first)).toEqual(['alone', 'x0 x1 x2 x3 x4', 'y0 y1 y2 y3 y4']);
      expect(first.get('x0')?.centrality).toBeGreaterThan(first.get('alone')?.centrality ?? 1);
      // Two of eleven have no seed any more, as after a change; the rest keep their communities' numbers.
      const seeds = new Map([...first].map(([entity, { community }]) => [entity, community + 1000]));
      seeds.delete('x4');
      seeds.delete('y4');
      const second = await run('a', { algorithm, seeds });
      for (const [entity, { community }] of first) expect(second.get(entity)?.community).toBe(community + 1000);
      expect(await projections()).toEqual([]);
      expect(await opened.checksum('a')).toBe(sum);
    },
  );

  it('a group of nothing, of one, of loops alone ends', async () => {
    await opened.load([{ type: 'entity', group_id: 'one', id: 'x' }]);
    await opened.load([
      { type: 'entity', group_id: 'loop', id: 'x' },
      { type: 'relation', group_id: 'loop', id: 'r', source: 'x', target: 'x' },
    ]);
    expect((await run('nothing')).size).toBe(0);
    expect((await run('one')).size).toBe(1);
    expect((await run('loop')).size).toBe(1);
  });

  it('is stopped by its signal and leaves no projection', async () => {
    await opened.load(cliques('a'));
    const stopping = new AbortController();
    const pages = store.compute.algorithms?.run('a', request, stopping.signal);
    stopping.abort(new Error('enough'));
    await expect(
      (async () => {
        for await (const _ of pages ?? []);
      })(),
    ).rejects.toThrow('enough');
    expect(await projections()).toEqual([]);
  });

  it('drops what ended runs have left, and nothing else', async () => {
    await opened.load(cliques('a'));
    const [open, ended, foreign] = [
      `coppice_${request.runId}open_01234567`,
      `coppice_${request.runId}_01234567`,
      `mine_${request.runId}`,
    ];
    for (const name of [open, ended, foreign]) {
      await suite.query(
        `MATCH (a:${place.entities.label} {group_id: 'a'}) WITH gds.graph.project($name, a, null) AS g RETURN g.nodeCount`,
        { name },
      );
    }
    await store.compute.algorithms?.sweep(async (runId) => runId !== request.runId);
    expect((await projections()).sort()).toEqual([open, foreign].sort());
    for (const name of [open, foreign])
      await suite.query('CALL gds.graph.drop($name) YIELD graphName RETURN graphName', { name });
  });
});

function cliques(group: string): GraphLine[] {
  const names = (prefix: string) => [0, 1, 2, 3, 4].map((at) => `${prefix}${at}`);
  const pairs = ['x', 'y'].flatMap((prefix) =>
    names(prefix).flatMap((source, at) =>
      names(prefix)
        .slice(at + 1)
        .map((target) => ({ source, target })),
    ),
  );
  return [
    ...['x', 'y'].flatMap(names).map((id): GraphLine => ({ type: 'entity', group_id: group, id })),
    ...[...pairs, { source: 'x0', target: 'y0' }].map(
      (ends, at): GraphLine => ({ type: 'relation', group_id: group, id: `r${at}`, ...ends }),
    ),
  ];
}

function membersOf(results: ReadonlyMap<string, EntityResult>): string[] {
  const members = new Map<number, string[]>();
  for (const { entity, community } of results.values())
    members.set(community, [...(members.get(community) ?? []), entity]);
  return [...members.values()].map((some) => some.sort().join(' ')).sort();
}
