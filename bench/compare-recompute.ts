import { throughCoppice } from './coppice.ts';
import { communityGraph } from './graph-kernels.ts';
import { groupSettings, inGraphDatabase, preparedFile } from './group-database.ts';
import type { BenchOptions } from './options.ts';
import { allSteps, fillLargeGroup, holdLargeGroup, openRecomputer, type Steps } from './recompute-steps.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median } from './statistics.ts';

export const edgesANode = 10;

/** One group in tables of PostgreSQL: by a worker through Temporal, and step by step in this process. */
export async function compareRecompute(servers: Servers, { rows: edges, rounds }: BenchOptions): Promise<Section> {
  const nodes = edges / edgesANode;
  return inGraphDatabase(servers, async (url, client) => {
    log(`a group of ${nodes} entities and ${edges} relations is made`);
    await fillLargeGroup(client, nodes, communityGraph(nodes, edges));
    const asked = { job: 'graph-recompute', counts: 'recomputed_groups', settings: groupSettings };
    const run = await throughCoppice(servers, url, asked);
    if (run.documents !== 1) throw new Error(`${run.documents} groups were recomputed, not 1`);
    const recomputer = await openRecomputer(url, preparedFile(servers), await holdLargeGroup(client));
    const steps: Steps[] = [];
    for (let round = 1; round <= rounds; round++) {
      steps.push(await recomputer.run({}));
      log(`round ${round}: ${JSON.stringify(steps.at(-1))}`);
    }
    await recomputer.close();
    const seconds = (of: (step: Steps) => number) => (median(steps.map(of)) / 1000).toFixed(2);
    return {
      versions: servers.versions,
      header: ['entities', 'relations', 'read, s', 'compute, s', 'write back, s', 'all, s'],
      rows: [
        [
          ...[whole(nodes), whole(edges), seconds((one) => one.read), seconds((one) => one.compute)],
          ...[seconds((one) => one.write), seconds(allSteps)],
        ],
      ],
      facts: [
        ['a run through Temporal, survey and end included', `${(run.ms / 1000).toFixed(1)} s`],
        ["worker's peak memory", megabytes(run.workerBytes)],
      ],
    };
  });
}
