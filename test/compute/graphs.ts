import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type CanonicalGraph, canonicalGraph } from '../../src/compute/canonical.ts';
import { type EdgeList, EdgeListBuilder } from '../../src/compute/edge-list.ts';

export type TestEdge = readonly [source: string, target: string, weight?: number];

export interface TestGraph {
  readonly nodes: readonly string[];
  readonly edges: readonly TestEdge[];
}

const limits = { maxNodes: 100_000, maxEdges: 1_000_000 };

export function listOf({ nodes, edges }: TestGraph): EdgeList {
  const builder = new EdgeListBuilder(limits);
  for (const node of nodes) builder.addNode(node);
  for (const [source, target, weight] of edges) builder.addEdge(source, target, weight);
  return builder.finish();
}

export function graphOf(graph: TestGraph, directed = false): CanonicalGraph {
  return canonicalGraph(listOf(graph), directed);
}

/** Nodes named `0`, `1` …, with the edges of the pairs. */
export function numbered(count: number, pairs: readonly (readonly [number, number, number?])[]): TestGraph {
  return {
    nodes: Array.from({ length: count }, (_, node) => String(node)),
    edges: pairs.map(([a, b, weight]) => [String(a), String(b), weight]),
  };
}

export const graphs = fc.integer({ min: 1, max: 25 }).chain((count) => {
  const node = fc.integer({ min: 0, max: count - 1 });
  const weight = fc.double({ min: 0, max: 10, noNaN: true });
  return fc.array(fc.tuple(node, node, weight), { maxLength: 80 }).map((pairs) => numbered(count, pairs));
});

function linesOf(file: string): string[][] {
  const text = readFileSync(new URL(`../fixtures/graphs/${file}`, import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => line.trim().split(/[ ,]+/));
}

/** A graph of LDBC: a line is a node and those that its edges lead to. An undirected edge stands at both of its ends. */
export function ldbcGraph(file: string, directed: boolean): TestGraph {
  const rows = linesOf(`ldbc/${file}`);
  return {
    nodes: rows.map(([node = '']) => node),
    edges: rows.flatMap(([node = '', ...targets]) =>
      targets.filter((target) => directed || Number(node) <= Number(target)).map((target): TestEdge => [node, target]),
    ),
  };
}

export function ldbcValues(file: string): Map<string, number> {
  return new Map(linesOf(`ldbc/${file}`).map(([node = '', value]) => [node, Number(value)]));
}

export function lfrGraph(): TestGraph & { readonly planted: Map<string, number>; readonly ranks: Map<string, number> } {
  const rows = (file: string) => linesOf(`lfr-2000/${file}`).slice(1);
  const values = (file: string) => new Map(rows(file).map(([node = '', value]) => [node, Number(value)]));
  const planted = values('communities.csv');
  const edges = rows('edges.csv').map(([a = '', b = '']): TestEdge => [a, b]);
  return { nodes: [...planted.keys()], edges, planted, ranks: values('pagerank.csv') };
}

/** Normalised mutual information of two partitions (arithmetic mean): 1 for the same, about 0 for unrelated ones. */
export function nmi(a: readonly number[], b: readonly number[]): number {
  const entropy = (keys: readonly (number | string)[]) => {
    const counts = [...Map.groupBy(keys, (key) => key).values()].map((same) => same.length / keys.length);
    return -counts.reduce((sum, share) => sum + share * Math.log(share), 0);
  };
  const [one, other, both] = [entropy(a), entropy(b), entropy(a.map((key, at) => `${key} ${b[at]}`))];
  return (2 * (one + other - both)) / (one + other);
}
