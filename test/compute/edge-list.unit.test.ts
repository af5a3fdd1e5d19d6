import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCsr } from '../../src/compute/csr.ts';
import { EdgeListBuilder } from '../../src/compute/edge-list.ts';
import { GraphTooLargeError, InvalidWeightError } from '../../src/compute/errors.ts';
import { graphHash } from '../../src/compute/graph-hash.ts';
import { graphOf, graphs, type TestEdge } from './graphs.ts';

test('rows hold each neighbour once, parallel edges summed, a loop once', () => {
  const { undirected } = graphOf({
    nodes: ['a', 'b', 'c', 'd'],
    edges: [
      ['b', 'a', 1],
      ['a', 'b', 2],
      ['a', 'a', 5],
      ['c', 'b', 0.5],
    ],
  });
  expect({ ...undirected }).toEqual({
    nodes: 4,
    offsets: Int32Array.of(0, 2, 4, 5, 5),
    targets: Int32Array.of(0, 1, 0, 2, 1),
    weights: Float64Array.of(5, 3, 3, 0.5, 0.5),
  });
});

test('directed rows keep the direction', () => {
  const edges = { sources: Int32Array.of(0, 2, 2), targets: Int32Array.of(1, 0, 0), weights: Float64Array.of(1, 2, 3) };
  expect(buildCsr(3, edges, true)).toEqual({
    nodes: 3,
    offsets: Int32Array.of(0, 1, 1, 2),
    targets: Int32Array.of(1, 0),
    weights: Float64Array.of(1, 5),
  });
});

test('an edge to a node that is not in the graph is left out and counted', () => {
  const builder = new EdgeListBuilder({ maxNodes: 9, maxEdges: 9 });
  builder.addNode('a');
  expect(builder.addEdge('a', 'gone')).toBe(false);
  expect(builder.addEdge('gone', 'a')).toBe(false);
  expect(builder.finish().sources).toHaveLength(0);
});

test('a graph above a limit is refused by name while it streams in', () => {
  const builder = new EdgeListBuilder({ maxNodes: 2, maxEdges: 1 });
  builder.addNode('a');
  builder.addNode('b');
  builder.addNode('a');
  expect(() => builder.addNode('c')).toThrow(new GraphTooLargeError('nodes', 2));
  builder.addEdge('a', 'b');
  expect(() => builder.addEdge('a', 'b')).toThrow(new GraphTooLargeError('edges', 1));
});

test.each([-1, 1e101, Number.NaN, Number.POSITIVE_INFINITY])('a weight of %d is refused by name', (weight) => {
  const builder = new EdgeListBuilder({ maxNodes: 2, maxEdges: 1 });
  builder.addNode('a');
  expect(() => builder.addEdge('a', 'a', weight)).toThrow(InvalidWeightError);
});

test('parallel edges give the same sum, to the last bit, in whatever order they come', () => {
  const sums = [
    [0.1, 0.2, 0.3],
    [0.3, 0.2, 0.1],
    [0.2, 0.3, 0.1],
  ].map((weights) => {
    const edges = weights.map((weight): TestEdge => ['a', 'b', weight]);
    return graphOf({ nodes: ['a', 'b'], edges }).undirected.weights[0];
  });
  expect(new Set(sums).size).toBe(1);
});

const settings = { resolution: 1, seed: 1 };

test('the hash of a graph does not depend on the order in which it streams', () => {
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
        for (const directed of [true, false]) {
          const hash = graphHash(graphOf(graph, directed), settings);
          expect(graphHash(graphOf({ nodes, edges }, directed), { seed: 1, resolution: 1 })).toBe(hash);
        }
      },
    ),
  );
});

test('whatever changes a result changes the hash', () => {
  const nodes = ['a', 'b', 'c'];
  const edges: TestEdge[] = [
    ['a', 'b', 1],
    ['b', 'c', 1],
  ];
  const base = { nodes, edges };
  const hashes = [
    graphHash(graphOf(base), settings),
    graphHash(graphOf(base, true), settings),
    graphHash(
      graphOf(
        {
          nodes,
          edges: [
            ['b', 'a', 1],
            ['b', 'c', 1],
          ],
        },
        true,
      ),
      settings,
    ),
    graphHash(graphOf({ nodes: [...nodes, 'd'], edges }), settings),
    graphHash(
      graphOf({
        nodes: ['a', 'b', 'x'],
        edges: [
          ['a', 'b', 1],
          ['b', 'x', 1],
        ],
      }),
      settings,
    ),
    graphHash(
      graphOf({
        nodes,
        edges: [
          ['a', 'b', 1],
          ['b', 'c', 1.0000001],
        ],
      }),
      settings,
    ),
    graphHash(graphOf({ nodes, edges: [['a', 'b', 1]] }), settings),
    graphHash(graphOf(base), { ...settings, resolution: 2 }),
    graphHash(graphOf({ nodes: ['ab', 'c'], edges: [] }), settings),
    graphHash(graphOf({ nodes: ['a', 'bc'], edges: [] }), settings),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});
