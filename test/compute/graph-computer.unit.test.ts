import { expect, onTestFinished, test } from 'vitest';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import type { GraphProgress, GraphTask } from '../../src/compute/graph-task.ts';
import { lfrGraph, listOf, numbered, type TestGraph } from './graphs.ts';

const endless = { damping: 0.85, maxIterations: 2 ** 31, tolerance: 0 };

const taskOf = (graph: TestGraph, over: Partial<GraphTask> = {}): GraphTask => ({
  list: listOf(graph),
  directed: false,
  leiden: { seed: 1, resolution: 1, maxIterations: 10 },
  pageRank: { damping: 0.85, maxIterations: 100, tolerance: 1e-8 },
  previousHash: null,
  previousCommunities: null,
  nextCommunityId: 1,
  ...over,
});

function computer(threads = 1, create = createGraphComputer) {
  const made = create({ threads });
  onTestFinished(() => made.close());
  return made;
}

const squares = numbered(8, [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 0],
  [4, 5],
  [5, 6],
  [6, 7],
  [7, 4],
  [3, 4],
]);

test('a graph is computed on another thread, with progress, and the arrays go over to it', async () => {
  const progress: GraphProgress[] = [];
  const task = taskOf(squares);
  const result = await computer().run(task, { onProgress: (at) => progress.push(at) });
  expect(result).toMatchObject({ changed: true, communityCount: 2, componentCount: 1, nextCommunityId: 3 });
  expect(result.changed && [...result.communities]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  expect(result.changed && result.ranks.reduce((sum, rank) => sum + rank, 0)).toBeCloseTo(1, 12);
  expect(new Set(progress.map(({ stage }) => stage))).toEqual(new Set(['build', 'communities', 'ranks']));
  expect(task.list.sources.byteLength).toBe(0);
});

test('results are in the order in which the nodes came', async () => {
  const [forth, back] = [lfrGraph(), lfrGraph()].map((graph, at) =>
    at === 0 ? graph : { ...graph, nodes: graph.nodes.toReversed() },
  );
  if (forth === undefined || back === undefined) throw new Error('two graphs');
  const pool = computer(2);
  const [one, other] = await Promise.all([pool.run(taskOf(forth)), pool.run(taskOf(back))]);
  expect(other.hash).toBe(one.hash);
  expect(one.changed && other.changed && [...other.ranks].toReversed()).toEqual(one.changed && [...one.ranks]);
});

test('a graph that has the hash of the last result is not computed again', async () => {
  const pool = computer();
  const { hash } = await pool.run(taskOf(squares));
  const stages: string[] = [];
  const again = await pool.run(taskOf(squares, { previousHash: hash }), {
    onProgress: ({ stage }) => stages.push(stage),
  });
  expect(again).toEqual({ changed: false, hash });
  expect(stages).toEqual(['build']);
});

test('community ids of the last result stay', async () => {
  const previousCommunities = Int32Array.of(41, 41, 41, 41, 17, 17, 17, -1);
  const result = await computer().run(taskOf(squares, { previousCommunities, nextCommunityId: 42 }));
  expect(result.changed && [...result.communities]).toEqual([41, 41, 41, 41, 17, 17, 17, 17]);
  expect(result).toMatchObject({ nextCommunityId: 42 });
});

test('an abort ends a computation in its middle, with the reason, and the thread is there for the next one', async () => {
  const pool = computer();
  const abort = new AbortController();
  const running = pool.run(taskOf(lfrGraph(), { pageRank: endless }), {
    signal: abort.signal,
    onProgress: ({ stage }) => void (stage === 'ranks' && abort.abort(new Error('the activity was cancelled'))),
  });
  await expect(running).rejects.toThrow('the activity was cancelled');
  expect(await pool.run(taskOf(squares))).toMatchObject({ changed: true });
});

test('work that is aborted before it begins does not begin', async () => {
  const task = taskOf(squares);
  await expect(computer().run(task, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  expect(task.list.sources.length).toBe(9);
});

test('closing ends what still runs', async () => {
  const pool = createGraphComputer({ threads: 1 });
  const begun = Promise.withResolvers<void>();
  const running = pool.run(taskOf(lfrGraph(), { pageRank: endless }), { onProgress: () => begun.resolve() });
  const ended = expect(running).rejects.toThrow('Terminating worker thread');
  await begun.promise;
  await pool.close();
  await ended;
});

test('it works as it is built', async () => {
  const built = new URL('../../dist/compute/graph-computer.js', import.meta.url);
  const { createGraphComputer: create } = await import(/* @vite-ignore */ built.href);
  expect(await computer(1, create).run(taskOf(squares))).toMatchObject({ changed: true, communityCount: 2 });
});
