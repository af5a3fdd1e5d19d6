import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { canonicalGraph } from '../src/compute/canonical.ts';
import { EdgeListBuilder } from '../src/compute/edge-list.ts';
import { graphHash } from '../src/compute/graph-hash.ts';
import { leiden } from '../src/compute/leiden/leiden.ts';
import { pageRank } from '../src/compute/pagerank.ts';
import { seededRandom } from '../src/domain/random.ts';
import { pythonEnvironment } from '../tools/servers/python-env.ts';
import type { Bench } from './options.ts';
import { print, type Section, whole } from './report.ts';
import { log } from './servers.ts';
import { median, ratios } from './statistics.ts';
import { writeSection } from './write-docs.ts';

const usualEdges = 500_000;
const edgesANode = 10;
const communitySize = 100;
const shareInside = 0.6;
const leidenIterations = 2; // igraph's default
const run = promisify(execFile);

const roundSchema = z.object({
  build: z.number(),
  communities: z.number(),
  ranks: z.number(),
  modularity: z.number(),
  version: z.string(),
});
/** Seconds, and how good the communities are. */
type Round = z.infer<typeof roundSchema>;

export const graphKernelsBench: Bench = {
  name: 'graph-kernels',
  title: 'build, communities and ranks of one graph in memory, on one thread, against igraph',
  usage: `npm run bench -- graph-kernels [--rows ${usualEdges}] [--rounds 7] [--write]   (rows: edges)`,
  async run(given) {
    const edges = given.rows ?? usualEdges;
    const section = await compare(edges, given.rounds);
    print(section);
    const command = `npm run bench -- graph-kernels --rows ${edges} --rounds ${given.rounds} --write`;
    if (given.write) writeSection('graph-kernels', command, section);
  },
};

async function compare(edges: number, rounds: number): Promise<Section> {
  const python = await pythonEnvironment(log, 'bench-requirements.txt');
  const nodes = edges / edgesANode;
  const ends = communityGraph(nodes, edges);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
  const [ours, theirs]: [Round[], Round[]] = [[], []];
  try {
    const file = join(folder, 'edges');
    writeFileSync(file, ends);
    for (let round = 1; round <= rounds; round++) {
      ours.push(throughKernels(nodes, ends, round));
      theirs.push(await throughIgraph(python, file, nodes, round));
      log(`round ${round}: ours ${total(ours.at(-1)).toFixed(2)} s, igraph ${total(theirs.at(-1)).toFixed(2)} s`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const shares = ratios(ours.map(total), theirs.map(total));
  return {
    versions: `igraph ${theirs[0]?.version ?? '?'}`,
    header: ['contestant', 'build, s', 'communities, s', 'ranks, s', 'all, s', 'modularity, median and worst'],
    rows: [
      ['Coppice, in process', ...cells(ours)],
      ['igraph, in C', ...cells(theirs)],
    ],
    facts: [
      ['nodes, edges', `${whole(nodes)}, ${whole(edges)}`],
      [
        'Coppice ÷ igraph: median and worst of rounds',
        `${median(shares).toFixed(2)} (worst ${Math.max(...shares).toFixed(2)})`,
      ],
      ['iterations of Leiden, of either', String(leidenIterations)],
    ],
  };
}

/** From ids as a store has them; with the hash that lets an unchanged graph be skipped. */
function throughKernels(nodes: number, ends: Int32Array, seed: number): Round {
  const ids = Array.from({ length: nodes }, (_, node) => `entity-${node}`);
  const started = performance.now();
  const builder = new EdgeListBuilder({ maxNodes: nodes, maxEdges: ends.length });
  for (const id of ids) builder.addNode(id);
  for (let at = 0; at < ends.length; at += 2) builder.addEdge(ids[ends[at] ?? 0] ?? '', ids[ends[at + 1] ?? 0] ?? '');
  const graph = canonicalGraph(builder.finish(), false);
  graphHash(graph, {});
  const built = performance.now();
  const communities = leiden(graph.undirected, { seed, resolution: 1, maxIterations: leidenIterations });
  const found = performance.now();
  pageRank(graph.undirected, { damping: 0.85, maxIterations: 100, tolerance: 1e-10 });
  const ranked = performance.now();
  const [build, rest, ranks] = [built - started, found - built, ranked - found].map((ms) => ms / 1000);
  const { modularity } = communities;
  return { build: build ?? 0, communities: rest ?? 0, ranks: ranks ?? 0, modularity, version: '' };
}

async function throughIgraph(python: string, file: string, nodes: number, seed: number): Promise<Round> {
  const script = join(import.meta.dirname, 'igraph_kernels.py');
  const { stdout } = await run(python, [script, file, String(nodes), String(leidenIterations), String(seed)]);
  return roundSchema.parse(JSON.parse(stdout));
}

/** Ends of edges, two by two: most edges lead to a node of the same hundred, the others to where many do. */
export function communityGraph(nodes: number, edges: number): Int32Array {
  const random = seededRandom(1);
  return Int32Array.from({ length: edges }, () => Math.floor(random() * nodes)).reduce(
    (ends, source, edge) => {
      const first = source - (source % communitySize);
      const inside = Math.min(nodes - 1, first + Math.floor(random() * communitySize));
      ends[edge * 2] = source;
      ends[edge * 2 + 1] = random() < shareInside ? inside : Math.floor(random() * random() * nodes);
      return ends;
    },
    new Int32Array(edges * 2),
  );
}

function total(round: Round | undefined): number {
  return round === undefined ? Number.NaN : round.build + round.communities + round.ranks;
}

function cells(rounds: readonly Round[]): string[] {
  const seconds = (of: (round: Round) => number) => median(rounds.map(of)).toFixed(2);
  const found = rounds.map((round) => round.modularity);
  return [
    ...[seconds((round) => round.build), seconds((round) => round.communities), seconds((round) => round.ranks)],
    ...[seconds(total), `${median(found).toFixed(4)} (worst ${Math.min(...found).toFixed(4)})`],
  ];
}
