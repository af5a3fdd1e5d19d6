import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { pythonEnvironment } from '../tools/servers/python-env.ts';
import { edgesANode } from './compare-recompute.ts';
import { throughCoppice } from './coppice.ts';
import { communityGraph } from './graph-kernels.ts';
import { groupSettings, inGraphDatabase, preparedFile } from './group-database.ts';
import type { BenchOptions } from './options.ts';
import { allSteps, fillLargeGroup, holdLargeGroup, largeGroup, openRecomputer, type Steps } from './recompute-steps.ts';
import { type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, ratios } from './statistics.ts';

const run = promisify(execFile);
/** igraph's default, and the precision of its PageRank. */
const settings = { max_iterations: 2, damping: 0.85, max_rank_iterations: 100, tolerance: 1e-10 };
const stepsSchema = z.object({
  read: z.number(),
  compute: z.number(),
  write: z.number(),
  modularity: z.number(),
  communities: z.number(),
  version: z.string(),
});

/** The same group out of the same tables and back into them, with as many iterations on as many threads. */
export async function compareIgraph(servers: Servers, { rows: edges, rounds }: BenchOptions): Promise<Section> {
  const python = await pythonEnvironment(log, 'bench-requirements.txt');
  const nodes = edges / edgesANode;
  return inGraphDatabase(servers, async (url, client) => {
    log(`a group of ${nodes} entities and ${edges} relations is made`);
    await fillLargeGroup(client, nodes, communityGraph(nodes, edges));
    await throughCoppice(servers, url, { job: 'graph-recompute', settings: groupSettings });
    const recomputer = await openRecomputer(url, preparedFile(servers), await holdLargeGroup(client));
    const [ours, theirs]: [Steps[], Steps[]] = [[], []];
    let version = '?';
    // The first round warms both sides: caches of the database, compiled code.
    for (let round = 0; round <= rounds; round++) {
      const script = join(import.meta.dirname, 'igraph_recompute.py');
      await client.query('vacuum analyze knowledge.graph_results');
      const asked = [script, url, largeGroup, settings.max_iterations, round, 1_000_000 + round].map(String);
      const said = stepsSchema.parse(JSON.parse((await run(python, asked)).stdout));
      version = said.version;
      await client.query('vacuum analyze knowledge.graph_results');
      const own = await recomputer.run({ ...settings, seed: round });
      const igraph = { ...said, read: said.read * 1000, compute: said.compute * 1000, write: said.write * 1000 };
      log(`round ${round}: ours ${JSON.stringify(own)}, igraph ${JSON.stringify(igraph)}`);
      if (round === 0) continue;
      ours.push(own);
      theirs.push(igraph);
    }
    await recomputer.close();
    const shares = ratios(ours.map(allSteps), theirs.map(allSteps));
    return {
      versions: `${servers.versions}, igraph ${version}`,
      header: [
        ...['contestant', 'read, s', 'compute, s', 'write back, s', 'all, s', 'modularity, median and worst'],
        'Coppice ÷ it, median and worst of rounds',
      ],
      rows: [
        [...cells('Coppice, as the activity does it', ours), ''],
        [
          ...cells('igraph in Python', theirs),
          `${median(shares).toFixed(2)} (worst ${Math.max(...shares).toFixed(2)})`,
        ],
      ],
      facts: [
        ['entities, relations', `${whole(nodes)}, ${whole(edges)}`],
        ['iterations of Leiden, damping and tolerance of PageRank, of either', '2, 0.85, 1e-10'],
      ],
    };
  });
}

function cells(name: string, steps: readonly Steps[]): string[] {
  const seconds = (of: (step: Steps) => number) => (median(steps.map(of)) / 1000).toFixed(2);
  const found = steps.map((step) => step.modularity);
  return [
    ...[name, seconds((one) => one.read), seconds((one) => one.compute), seconds((one) => one.write)],
    ...[seconds(allSteps), `${median(found).toFixed(4)} (worst ${Math.min(...found).toFixed(4)})`],
  ];
}
