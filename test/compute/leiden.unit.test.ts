import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectedComponents } from '../../src/compute/components.ts';
import { leiden } from '../../src/compute/leiden/leiden.ts';
import { modularity } from '../../src/compute/leiden/modularity.ts';
import { graphOf, graphs, lfrGraph, nmi, numbered, type TestGraph } from './graphs.ts';

const settings = { seed: 1, resolution: 1, maxIterations: 10 };

const communitiesOf = (graph: TestGraph, over: Partial<typeof settings> = {}) =>
  leiden(graphOf(graph).undirected, { ...settings, ...over });

const clique = (from: number, size: number): [number, number][] =>
  Array.from({ length: size }, (_, a) =>
    Array.from({ length: a }, (_, b): [number, number] => [from + a, from + b]),
  ).flat();

const complete = (a: number, b: number): [number, number][] =>
  Array.from({ length: a }, (_, one) =>
    Array.from({ length: b }, (_, other): [number, number] => [one, a + other]),
  ).flat();

describe('shapes on which label propagation fails end within their bounds', () => {
  test.each([
    { shape: 'no node', graph: numbered(0, []), expected: [] },
    { shape: 'one node', graph: numbered(1, []), expected: [0] },
    { shape: 'one node with a loop', graph: numbered(1, [[0, 0]]), expected: [0] },
    { shape: 'two nodes, one edge', graph: numbered(2, [[0, 1]]), expected: [0, 0] },
    {
      shape: 'two nodes, parallel edges both ways',
      graph: numbered(2, [
        [0, 1],
        [1, 0],
        [0, 1],
      ]),
      expected: [0, 0],
    },
    {
      shape: 'two nodes with heavy loops',
      graph: numbered(2, [
        [0, 1],
        [0, 0, 9],
        [1, 1, 9],
      ]),
      expected: [0, 1],
    },
    { shape: 'an edge of no weight', graph: numbered(2, [[0, 1, 0]]), expected: [0, 1] },
    {
      shape: 'weights as small as numbers get',
      graph: numbered(3, [
        [0, 1, 5e-324],
        [1, 2, 1e-99],
      ]),
      expected: [0, 1, 1],
    },
    {
      shape: 'weights as large as they may be',
      graph: numbered(3, [
        [0, 1, 1],
        [1, 2, 1e100],
      ]),
      expected: [0, 1, 1],
    },
    { shape: 'isolated nodes', graph: numbered(3, []), expected: [0, 1, 2] },
    {
      shape: 'two components',
      graph: numbered(5, [
        [0, 1],
        [1, 2],
        [3, 4],
      ]),
      expected: [0, 0, 0, 1, 1],
    },
    {
      shape: 'a star',
      graph: numbered(6, [
        [0, 1],
        [0, 2],
        [0, 3],
        [0, 4],
        [0, 5],
      ]),
      expected: [0, 0, 0, 0, 0, 0],
    },
    {
      shape: 'two cliques and a bridge',
      graph: numbered(8, [...clique(0, 4), ...clique(4, 4), [0, 4]]),
      expected: [0, 0, 0, 0, 1, 1, 1, 1],
    },
  ])('$shape', ({ graph, expected }) => {
    const found = communitiesOf(graph);
    expect([...found.membership]).toEqual(expected);
    expect(found.iterations).toBeLessThanOrEqual(settings.maxIterations);
  });

  test('a complete bipartite graph', () => {
    const found = communitiesOf(numbered(20, complete(10, 10)));
    expect(found.modularity).toBeCloseTo(0, 12); // no partition has more
    expect(found.iterations).toBeLessThanOrEqual(settings.maxIterations);
  });

  test('a ring of cliques: each is one community', () => {
    const bridges = Array.from({ length: 8 }, (_, at): [number, number] => [at * 5, ((at + 1) % 8) * 5 + 1]);
    const cliques = Array.from({ length: 8 }, (_, at) => clique(at * 5, 5)).flat();
    const graph = numbered(40, [...cliques, ...bridges]);
    const { membership, count } = communitiesOf(graph);
    expect(count).toBe(8);
    for (const members of Map.groupBy(graphOf(graph).ids, (_, node) => membership[node]).values()) {
      expect(new Set(members.map((id) => Math.floor(Number(id) / 5))).size).toBe(1);
    }
  });
});

test('every community is connected, whatever the graph, the seed, the start and the bound', () => {
  const starts = fc.array(fc.integer({ min: -1, max: 3 }));
  fc.assert(
    fc.property(graphs, fc.nat(), starts, fc.integer({ min: 0, max: 3 }), (graph, seed, start, maxIterations) => {
      const { undirected, ids } = graphOf(graph);
      const begin = Int32Array.from(ids, (_, node) => start[node] ?? -1);
      const { membership, count } = leiden(undirected, { seed, resolution: 1, maxIterations }, begin);
      const communityOf = new Map(ids.map((id, node) => [id, membership[node]]));
      const inside = graph.edges.filter(
        ([a, b, weight = 1]) => weight >= 1e-100 && communityOf.get(a) === communityOf.get(b),
      );
      const parts = connectedComponents(graphOf({ ...graph, edges: inside }).undirected);
      expect(new Set(parts).size).toBe(count);
      expect([...new Set(membership)]).toEqual(Array.from({ length: count }, (_, at) => at));
    }),
  );
});

test('modularity is never below that of the start', () => {
  fc.assert(
    fc.property(
      graphs,
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 25, maxLength: 25 }),
      (graph, seed, start) => {
        const { undirected } = graphOf(graph);
        const begin = Int32Array.from(start.slice(0, undirected.nodes));
        const found = leiden(undirected, { ...settings, seed }, begin);
        expect(found.modularity).toBeGreaterThanOrEqual(modularity(undirected, begin) - 1e-9);
      },
    ),
  );
});

test('the same edges in another order, and written the other way round, give the same communities', () => {
  fc.assert(
    fc.property(
      graphs.chain((graph) =>
        fc.tuple(
          fc.constant(graph),
          fc.shuffledSubarray([...graph.edges], { minLength: graph.edges.length }),
          fc.shuffledSubarray([...graph.nodes], { minLength: graph.nodes.length }),
        ),
      ),
      ([graph, edges, nodes]) => {
        const turned = edges.map(([a, b, weight], at) =>
          at % 2 === 0 ? ([a, b, weight] as const) : ([b, a, weight] as const),
        );
        expect(communitiesOf({ nodes, edges: turned })).toEqual(communitiesOf(graph));
      },
    ),
  );
});

test('a higher resolution gives more communities', () => {
  const lfr = lfrGraph();
  expect(communitiesOf(lfr, { resolution: 3 }).count).toBeGreaterThan(communitiesOf(lfr).count);
});

test('begun with the communities of before, a graph that hardly changed keeps nearly all of them', () => {
  const lfr = lfrGraph();
  const first = leiden(graphOf(lfr).undirected, settings);
  const changed = graphOf({ ...lfr, edges: lfr.edges.slice(20) });
  const again = leiden(changed.undirected, { ...settings, seed: 99 }, first.membership);
  const afresh = leiden(changed.undirected, { ...settings, seed: 99 });
  const kept = nmi([...again.membership], [...first.membership]);
  expect(kept).toBeGreaterThan(0.95);
  expect(kept).toBeGreaterThan(nmi([...afresh.membership], [...first.membership]));
});
